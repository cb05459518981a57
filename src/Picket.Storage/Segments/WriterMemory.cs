using Picket.Events.Batches;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>The scratch memory of writing segments, kept from one to the next so that its pages need not be taken from the system anew. One writer at a time.</summary>
internal sealed class WriterMemory : IDisposable
{
    private const int KeptBytes = 2 * Limits.GroupBytes;
    private const int KeptRows = 1_000_000;

    private readonly Stack<List<RowRef>> rows = [];

    public BlockWriter Blocks { get; } = new();
    public NativeBuffer Output { get; } = new();
    public NativeBuffer Scratch { get; } = new();
    public GroupBuffer Group { get; } = new();
    public FingerprintRun Run { get; } = new();

    /// <summary>An empty list of rows, to be given back.</summary>
    public List<RowRef> TakeRows() => rows.TryPop(out var kept) ? kept : [];

    public void Return(List<RowRef> list)
    {
        list.Clear();
        if (rows.Sum(kept => kept.Capacity) + list.Capacity <= KeptRows)
        {
            rows.Push(list);
        }
    }

    /// <summary>Empties it, and gives back what an unusual segment made unusually large.</summary>
    public void Clear()
    {
        Output.ClearTo(KeptBytes);
        Scratch.ClearTo(KeptBytes);
        Group.Clear();
        Group.Bytes.ClearTo(KeptBytes);
        Run.ClearTo(KeptBytes);
    }

    public void Dispose()
    {
        Blocks.Dispose();
        Output.Dispose();
        Scratch.Dispose();
        Group.Dispose();
        Run.Dispose();
    }
}
