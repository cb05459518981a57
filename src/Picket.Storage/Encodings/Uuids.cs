using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>UUIDs in lower case with their four dashes, as 16 bytes each.</summary>
internal sealed class Uuids : EntryEncoding
{
    private const int TextBytes = 36;
    private const int BinaryBytes = 16;

    public override byte Id => 3;

    public override bool Suits(Value first) => first.Kind == ValueKind.Text && first.Text.Length == TextBytes && first.Text[8] == '-';

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        if (!entries.AllText || entries.Text.Length != entries.Count * TextBytes)
        {
            return false;
        }
        var room = into.Take(entries.Count * BinaryBytes);
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries.Ends[i] != (i + 1) * TextBytes || !TryPack(entries.Text.Slice(i * TextBytes, TextBytes), room.Slice(i * BinaryBytes, BinaryBytes)))
            {
                return false;
            }
        }
        return true;
    }

    public override void Read(ref ByteReader reader, int count, ColumnMemory into)
    {
        var bytes = reader.Take(checked(count * BinaryBytes));
        var text = into.Text.Take(count * TextBytes);
        for (var i = 0; i < count; i++)
        {
            var one = text.Slice(i * TextBytes, TextBytes);
            var from = bytes.Slice(i * BinaryBytes, BinaryBytes);
            Hex.Write(from[..4], one);
            Hex.Write(from[4..6], one[9..]);
            Hex.Write(from[6..8], one[14..]);
            Hex.Write(from[8..10], one[19..]);
            Hex.Write(from[10..], one[24..]);
            one[8] = one[13] = one[18] = one[23] = (byte)'-';
            into.Ends.Append((i + 1) * TextBytes);
        }
    }

    private static bool TryPack(ReadOnlySpan<byte> text, Span<byte> into) =>
        text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-'
        && Hex.TryRead(text[..8], into) && Hex.TryRead(text[9..13], into[4..]) && Hex.TryRead(text[14..18], into[6..])
        && Hex.TryRead(text[19..23], into[8..]) && Hex.TryRead(text[24..], into[10..]);
}
