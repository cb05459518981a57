using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>All encodings of entries, the most particular first; the last takes everything.</summary>
internal static class EntryEncodings
{
    private static readonly EntryEncoding[] All =
        [new WholeNumbers(), new ScaledDecimals(), new Uuids(), new Addresses(), new Instants(), new HexDigits(), new PlainText()];

    public static EntryEncoding Write(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        var start = into.Length;
        foreach (var encoding in All)
        {
            if (!encoding.Suits(entries[0]))
            {
                continue;
            }
            into.Append(encoding.Id);
            if (encoding.TryWrite(into, entries, ref range))
            {
                return encoding;
            }
            into.Truncate(start);
        }
        throw new InvalidOperationException("Plain text takes every entry.");
    }

    public static EntryEncoding Read(ref ByteReader reader)
    {
        var id = reader.Read<byte>();
        return id < All.Length ? ById[id] : throw reader.Wrong($"encoding {id} of entries, which this picket does not know");
    }

    private static readonly EntryEncoding[] ById = [.. All.OrderBy(encoding => encoding.Id)];
}
