using System.Runtime.InteropServices;

namespace Picket.Storage.Files;

/// <summary>Reads what a <c>NativeBuffer</c> was appended, checking every length against what is there.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes, string file)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position == bytes.Length;

    public T Read<T>() where T : unmanaged
    {
        var size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        return MemoryMarshal.Read<T>(Take(size));
    }

    public ulong Varint()
    {
        var (value, shift) = (0ul, 0);
        while (true)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
            shift += 7;
            if (shift > 63)
            {
                throw Wrong("a number goes on too long");
            }
        }
    }

    /// <summary>A count or length that must not exceed <paramref name="most"/>.</summary>
    public int Count(long most)
    {
        var value = Varint();
        return value <= (ulong)most ? (int)value : throw Wrong($"a count of {value} where at most {most} can be");
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)(bytes.Length - Position))
        {
            throw Wrong($"{count} more bytes were expected");
        }
        var part = bytes.Slice(Position, count);
        Position += count;
        return part;
    }

    public readonly CorruptDataException Wrong(string expected) => new(file, Position, expected);
}
