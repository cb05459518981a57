using System.Buffers;
using System.Text;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Text;

namespace Picket.Detection.Matching;

/// <summary>
/// All texts that rules look for in one field, or in any field, found in one pass over a value. What it finds is the same as by the operators one by one
/// (<see cref="CaseFold"/>): texts of ASCII are looked for in the value as it is, others in the folded one. Filled, then sealed, then immutable and thread-safe.
/// </summary>
/// <param name="number">Its place among all.</param>
/// <param name="of">The field; null for any.</param>
/// <param name="present">The predicate that any value satisfies.</param>
internal sealed class FieldIndex(int number, Field? of, int present)
{
    private readonly Dictionary<byte[], int> texts = new(ByBytes.Instance);
    private readonly List<List<Target>> gathered = [];
    private Target[][] targets = [];
    private LiteralAutomaton? automaton;

    /// <param name="IsAscii">Whether the text as written is.</param>
    /// <param name="InEither">Whether the operator looks besides, so that it may be found in either spelling of the value.</param>
    private readonly record struct Target(int Predicate, LiteralPlace Place, int Length, bool IsAscii, bool InEither);

    /// <summary>Gathers what is found in a value.</summary>
    public interface IFound
    {
        void Add(int predicate);
    }

    public int Number => number;

    public Field? Field => of;

    public int Present => present;

    public long Bytes => (automaton?.Bytes ?? 0) + targets.Sum(list => (list.Length * 16L) + 24);

    /// <summary>Whether there are no texts, so that only the presence of a value is known.</summary>
    public bool HasTexts => automaton is not null;

    /// <param name="isWhole">Whether finding the text at its place is the operator's answer.</param>
    public void Add(int predicate, string text, LiteralPlace place, bool isWhole)
    {
        var folded = CaseFold.Fold(Encoding.UTF8.GetBytes(text));
        if (!texts.TryGetValue(folded, out var at))
        {
            texts.Add(folded, at = gathered.Count);
            gathered.Add([]);
        }
        gathered[at].Add(new Target(predicate, place, folded.Length, Ascii.IsValid(text), !isWhole));
    }

    public void Seal()
    {
        automaton = texts.Count > 0 ? new LiteralAutomaton([.. texts.OrderBy(pair => pair.Value).Select(pair => pair.Key)]) : null;
        targets = [.. gathered.Select(list => list.ToArray())];
        texts.Clear();
        gathered.Clear();
    }

    /// <summary>Adds each predicate whose text stands in the value at its place; one may be added more than once.</summary>
    /// <param name="scratch">Of at least <see cref="CaseFold.MostBytes"/> of the text.</param>
    public void Find<T>(ReadOnlySpan<byte> text, Span<byte> scratch, ref T found) where T : IFound, allows ref struct
    {
        if (automaton is null)
        {
            return;
        }
        if (Ascii.ToLower(text, scratch, out _) == OperationStatus.Done)
        {
            Find(scratch[..text.Length], isRaw: true, isFolded: true, ref found);
            return;
        }
        for (var i = 0; i < text.Length; i++)
        {
            scratch[i] = text[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(text[i] | 0x20) : text[i];
        }
        Find(scratch[..text.Length], isRaw: true, isFolded: false, ref found);
        Find(scratch[..CaseFold.Fold(text, scratch)], isRaw: false, isFolded: true, ref found);
    }

    private void Find<T>(ReadOnlySpan<byte> text, bool isRaw, bool isFolded, ref T found) where T : IFound, allows ref struct
    {
        var states = automaton!;
        var state = 0;
        for (var i = 0; i < text.Length; i++)
        {
            state = states.Step(state, text[i]);
            for (var ending = states.Ending(state); ending != 0; ending = states.Shorter(ending))
            {
                foreach (ref readonly var target in targets[states.TextAt(ending)].AsSpan())
                {
                    if ((target.InEither || (target.IsAscii ? isRaw : isFolded)) && Stands(target, i + 1, text.Length))
                    {
                        found.Add(target.Predicate);
                    }
                }
            }
        }
    }

    private static bool Stands(in Target target, int end, int length) => target.Place switch
    {
        LiteralPlace.Whole => end == length && target.Length == length,
        LiteralPlace.Start => end == target.Length,
        LiteralPlace.End => end == length,
        _ => true,
    };
}
