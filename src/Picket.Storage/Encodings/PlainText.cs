using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>Any text: the lengths as packed numbers, then all the text as one compressed run.</summary>
internal sealed class PlainText : EntryEncoding
{
    public override byte Id => 0;

    public override string Name => "text";

    public override bool Suits(Value first) => true;

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        var lengths = Integers.Scratch(entries.Count);
        var last = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = entries.Ends[i] - last;
            last = entries.Ends[i];
        }
        Integers.Write(into, lengths);
        Codec.Write(into, entries.Text);
        range.Add(entries);
        return true;
    }

    public override void Read(ref ByteReader reader, int count, ColumnMemory into)
    {
        var lengths = Integers.Scratch(count);
        Integers.Read(ref reader, lengths);
        Codec.Read(ref reader, into.Text);
        var ends = MemoryMarshal.Cast<byte, int>(into.Ends.Take(count * sizeof(int)));
        var end = 0L;
        for (var i = 0; i < count; i++)
        {
            end += lengths[i];
            if (lengths[i] < 0 || end > into.Text.Length)
            {
                throw reader.Wrong("lengths beyond the text");
            }
            ends[i] = (int)end;
        }
    }
}
