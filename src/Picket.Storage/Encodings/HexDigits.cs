using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>Hashes, trace ids and the like: digits of base 16 in lower case, all of one even length, as half as many bytes.</summary>
internal sealed class HexDigits : EntryEncoding
{
    private const int LeastBytes = 16;
    private const int MostBytes = 128;

    public override byte Id => 4;

    public override string Name => "hexadecimal";

    public override bool Suits(Value first) =>
        first.Kind == ValueKind.Text && first.Text.Length is >= LeastBytes and <= MostBytes && first.Text.Length % 2 == 0;

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        var length = entries.Ends[0];
        if (!entries.AllText || entries.Text.Length != (long)length * entries.Count)
        {
            return false;
        }
        into.Append((byte)length);
        var room = into.Take(entries.Text.Length / 2);
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries.Ends[i] != (i + 1) * length || !Hex.TryRead(entries.Text.Slice(i * length, length), room[(i * length / 2)..]))
            {
                return false;
            }
        }
        return true;
    }

    public override void Read(ref ByteReader reader, int count, ColumnMemory into)
    {
        var length = (int)reader.Read<byte>();
        if (length is < LeastBytes or > MostBytes || length % 2 != 0)
        {
            throw reader.Wrong("a length of hexadecimal digits that cannot be");
        }
        Hex.Write(reader.Take(checked(count * length / 2)), into.Text.Take(count * length));
        for (var i = 1; i <= count; i++)
        {
            into.Ends.Append(i * length);
        }
    }
}
