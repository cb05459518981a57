using Picket.Events.Batches;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>What stood at one moment: handles on the batches in memory and on the segments. Dispose it when the question is answered.</summary>
internal sealed class StoreSnapshot(List<EventBatch> batches, List<Segment> segments, ulong last) : IDisposable
{
    public IReadOnlyList<EventBatch> Batches => batches;
    public IReadOnlyList<Segment> Segments => segments;

    /// <summary>Number of the last event in it.</summary>
    public ulong Last => last;

    public void Dispose()
    {
        batches.ForEach(batch => batch.Dispose());
        segments.ForEach(segment => segment.Dispose());
    }
}
