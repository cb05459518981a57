using System.Buffers;
using System.Text;
using Picket.Events.Batches;

namespace Picket.Detection.Matching;

/// <summary>
/// Leaves out most of a column's entries before they are looked through one by one: few texts are looked for in all of the column's text at once, by the base library's vector search.
/// It may leave in too much, never too little. Immutable, thread-safe.
/// </summary>
internal sealed class Prefilter
{
    // With more the search finds something everywhere, and with single letters too.
    private const int MostTexts = 128;
    private const int LeastLength = 2;
    private const int ChunkLength = 8_192;

    private readonly SearchValues<string> texts;
    private readonly int longest;

    private Prefilter(string[] texts)
    {
        this.texts = SearchValues.Create(texts, StringComparison.OrdinalIgnoreCase);
        longest = texts.Max(text => text.Length);
    }

    /// <summary>Null where it would not help.</summary>
    public static Prefilter? Of(IReadOnlyCollection<string> texts) =>
        texts.Count is > 0 and <= MostTexts && texts.All(text => text.Length is >= LeastLength and < ChunkLength / 2 && Ascii.IsValid(text)) ? new Prefilter([.. texts]) : null;

    /// <summary>Adds the entries in which one of the texts may stand: what is not plain ASCII, or an array, is always left in.</summary>
    /// <param name="scratch">Kept between calls.</param>
    public void Find(in Entries entries, ref char[] scratch, RowSet into)
    {
        into.Reset(entries.Count);
        if (!entries.AllText || !Ascii.IsValid(entries.Text))
        {
            AddOthers(entries, into);
        }
        if (scratch.Length < ChunkLength)
        {
            scratch = new char[ChunkLength];
        }
        var text = entries.Text;
        var ends = entries.Ends;
        var entry = 0;
        for (var from = 0; from < text.Length;)
        {
            // Each byte a letter: only those of ASCII are looked for.
            var length = Math.Min(ChunkLength, text.Length - from);
            Encoding.Latin1.GetChars(text.Slice(from, length), scratch);
            var at = 0;
            while (scratch.AsSpan(at, length - at).IndexOfAny(texts) is var found && found >= 0)
            {
                at += found;
                while (ends[entry] <= from + at)
                {
                    entry++;
                }
                into.Add(entry);
                at = ends[entry] - from;
                if (at >= length)
                {
                    break;
                }
            }
            from += from + length == text.Length ? length : Math.Max(Math.Max(at, 1), length - longest + 1);
        }
    }

    private static void AddOthers(in Entries entries, RowSet into)
    {
        for (var entry = 0; entry < entries.Count; entry++)
        {
            var value = entries[entry];
            if (value.IsJson || !Ascii.IsValid(value.Text))
            {
                into.Add(entry);
            }
        }
    }
}
