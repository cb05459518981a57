using Picket.Events.Batches;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Picket.Storage.Tests;

/// <summary>Whatever a test of these did, it gave all native memory back. Tests run one after the other, for the count is the whole process's.</summary>
public abstract class ReturnsItsMemory : IDisposable
{
    private readonly long nativeBytes = NativeArena.LiveBytes;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Assert.Equal(nativeBytes, NativeArena.LiveBytes);
    }
}
