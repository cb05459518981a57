using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Storage.Segments;

/// <summary>Encoded blocks until their group is full, to be written column by column. Not thread-safe.</summary>
internal sealed class GroupBuffer : IDisposable
{
    private readonly List<int> starts = [];

    public NativeBuffer Bytes { get; } = new();

    public List<BlockHeader> Headers { get; } = [];

    /// <summary>A block whose columns begin at <paramref name="start"/> in <see cref="Bytes"/>, and whose places count from there.</summary>
    public void Add(BlockHeader header, int start)
    {
        Headers.Add(header);
        starts.Add(start);
    }

    /// <summary>Appends all columns, the first of every block, then the second; returns the headers with their places in the file.</summary>
    /// <param name="into">Where to.</param>
    /// <param name="before">Bytes of the file before what <paramref name="into"/> holds now.</param>
    /// <param name="order">The order of columns.</param>
    /// <param name="appended">Called after each; it may write <paramref name="into"/> out.</param>
    public List<BlockHeader> WriteColumns(NativeBuffer into, long before, Dictionary<Field, int> order, Action appended)
    {
        var at = before + into.Length;
        var all = new List<(int Column, int Block, int Index)>();
        for (var block = 0; block < Headers.Count; block++)
        {
            for (var index = 0; index < Headers[block].Columns.Length; index++)
            {
                all.Add((order[Headers[block].Columns[index].Field], block, index));
            }
        }
        all.Sort();
        var places = Headers.ConvertAll(header => (ColumnPlace[])header.Columns.Clone());
        foreach (var (_, block, index) in all)
        {
            ref var place = ref places[block][index];
            into.Append((ReadOnlySpan<byte>)Bytes.Written.Slice(starts[block] + (int)place.Offset, place.Length));
            place = place with { Offset = at };
            at += place.Length;
            appended();
        }
        return [.. Headers.Select((header, block) => header with { Columns = places[block] })];
    }

    public void Clear()
    {
        Bytes.Clear();
        Headers.Clear();
        starts.Clear();
    }

    public void Dispose() => Bytes.Dispose();
}
