using Picket.Events.Batches;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>The scratch memory of writing segments, kept from one to the next so that its pages need not be taken from the system anew. One writer at a time.</summary>
internal sealed class WriterMemory : IDisposable
{
    private const int KeptBytes = 2 * Limits.GroupBytes;

    public BlockWriter Blocks { get; } = new();
    public NativeBuffer Output { get; } = new();
    public NativeBuffer Scratch { get; } = new();
    public GroupBuffer Group { get; } = new();
    public FingerprintRun Run { get; } = new();

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
