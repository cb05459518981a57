using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Picket.Events.Batches;

/// <summary>
/// A growing run of native bytes with one owner. Spans of it hold until the next call that may grow it. Not thread-safe.
/// As an <see cref="IBufferWriter{T}"/> it takes what writers of the base library write; as a <see cref="MemoryManager{T}"/> it can be read into.
/// </summary>
public sealed unsafe class NativeBuffer : MemoryManager<byte>, IBufferWriter<byte>
{
    private byte* start;
    private int length;

    public NativeBuffer(int capacity = 0)
    {
        if (capacity > 0)
        {
            Grow(capacity);
        }
    }

    public int Length => length;
    public int Capacity { get; private set; }
    public Span<byte> Written => new(start, length);
    internal byte* Pointer => start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(Room(bytes.Length), bytes.Length));
        length += bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append<T>(T value) where T : unmanaged
    {
        Unsafe.WriteUnaligned(Room(sizeof(T)), value);
        length += sizeof(T);
    }

    public void Append<T>(ReadOnlySpan<T> values) where T : unmanaged => Append(MemoryMarshal.AsBytes(values));

    /// <summary>An unsigned number in groups of seven bits, low ones first (LEB128).</summary>
    public void AppendVarint(ulong value)
    {
        var room = Room(10);
        var used = 0;
        while (value >= 0x80)
        {
            room[used++] = (byte)(value | 0x80);
            value >>= 7;
        }
        room[used++] = (byte)value;
        length += used;
    }

    /// <summary>A run of <paramref name="bytes"/> new bytes to be filled by the caller; their content is not cleared.</summary>
    public Span<byte> Take(int bytes)
    {
        var room = Room(bytes);
        length += bytes;
        return new Span<byte>(room, bytes);
    }

    /// <summary>Goes on at the next multiple of eight, filling with zeros.</summary>
    public void Align()
    {
        var padding = -length & 7;
        Take(padding).Clear();
    }

    public void Truncate(int to) => length = to <= length ? to : throw new ArgumentOutOfRangeException(nameof(to));

    /// <summary>Takes bytes away at the beginning; what follows moves there.</summary>
    public void Drop(int bytes)
    {
        Written[bytes..].CopyTo(Written);
        length -= bytes;
    }

    public void Clear() => length = 0;

    /// <summary>Clears it and gives memory beyond <paramref name="capacity"/> back.</summary>
    public void ClearTo(int capacity)
    {
        length = 0;
        if (Capacity > capacity)
        {
            Release();
        }
    }

    public ReadOnlySpan<T> As<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Written);

    public void Advance(int count) => length += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        Room(Math.Max(sizeHint, 256));
        return CreateMemory(length, Capacity - length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        var room = Room(Math.Max(sizeHint, 256));
        return new Span<byte>(room, Capacity - length);
    }

    /// <summary>Room for at least <paramref name="bytes"/> more, to be read into; follow with <see cref="Advance"/>.</summary>
    public Memory<byte> FreeMemory(int bytes)
    {
        Room(bytes);
        return CreateMemory(length, Capacity - length);
    }

    public override Span<byte> GetSpan() => new(start, Capacity);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    public void Dispose() => ((IDisposable)this).Dispose();

    protected override void Dispose(bool disposing) => Release();

    private void Release()
    {
        var block = start;
        start = null;
        length = 0;
        if (block != null)
        {
            NativeArena.Free(block, (nuint)Capacity);
            Capacity = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Room(int bytes)
    {
        if (bytes > Capacity - length)
        {
            Grow(bytes);
        }
        return start + length;
    }

    private void Grow(int bytes)
    {
        var needed = checked((long)length + bytes);
        var capacity = (int)Math.Min(Math.Max(Math.Max(needed, Capacity * 2L), 64), Array.MaxLength);
        if (needed > capacity)
        {
            throw new InvalidOperationException("A native buffer cannot hold more than 2 GiB.");
        }
        var block = NativeArena.Allocate((nuint)capacity);
        if (start != null)
        {
            new ReadOnlySpan<byte>(start, length).CopyTo(new Span<byte>(block, length));
            NativeArena.Free(start, (nuint)Capacity);
        }
        start = block;
        Capacity = capacity;
    }
}
