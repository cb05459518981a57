using System.Buffers.Binary;

namespace Picket.Events.Parsing;

/// <summary>Reads the operations of a shape one after another. A shape with an error in it ends early.</summary>
public ref struct ShapeReader(ReadOnlySpan<byte> shape)
{
    private ReadOnlySpan<byte> rest = shape;

    public ShapeOp Op { get; private set; }
    public ReadOnlySpan<byte> Name { get; private set; }
    public ReadOnlySpan<byte> Column { get; private set; }

    /// <summary>For <see cref="ShapeOp.Folded"/>: the JSON sent.</summary>
    public ReadOnlySpan<byte> Literal { get; private set; }
    public TimeSpelling Time { get; private set; }
    public bool TimeIsQuoted { get; private set; }

    public bool Read()
    {
        if (rest.IsEmpty)
        {
            return false;
        }
        Op = (ShapeOp)rest[0];
        rest = rest[1..];
        switch (Op)
        {
            case ShapeOp.Close or ShapeOp.NeedsRaw:
                return true;
            case ShapeOp.Open:
                Name = Next();
                return true;
            case ShapeOp.Value:
                Name = Next();
                Column = Next();
                return true;
            case ShapeOp.Folded:
                Name = Next();
                Column = Next();
                Literal = Next();
                return true;
            case ShapeOp.Time when rest.Length >= 6:
                Name = Next();
                if (rest.Length < 5)
                {
                    return false;
                }
                Time = TimeSpelling.Unpack(BinaryPrimitives.ReadUInt32LittleEndian(rest));
                TimeIsQuoted = rest[4] == 1;
                rest = rest[5..];
                return true;
            default:
                rest = default;
                return false;
        }
    }

    private ReadOnlySpan<byte> Next()
    {
        var (length, shift) = (0, 0);
        while (!rest.IsEmpty && shift < 28)
        {
            var b = rest[0];
            rest = rest[1..];
            length |= (b & 0x7F) << shift;
            shift += 7;
            if (b < 0x80)
            {
                break;
            }
        }
        length = Math.Min(length, rest.Length);
        var part = rest[..length];
        rest = rest[length..];
        return part;
    }
}
