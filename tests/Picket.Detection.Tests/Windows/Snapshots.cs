using Picket.Detection.Matching;
using Picket.Detection.Windows;
using Picket.Events.Batches;

namespace Picket.Detection.Tests.Windows;

/// <summary>What is written down of windows now and then: a start goes on from the last one that was, from one before, or from none.</summary>
/// <param name="all">All events there are, looked at or not.</param>
internal sealed class Snapshots(Random random, EventBatch all)
{
    private readonly List<(RuleSet Rules, ulong Through, byte[] Windows)> taken = [];

    /// <summary>Writes down, or not.</summary>
    public void Offer(Detector detector, RuleSet rules, int through)
    {
        if (random.Next(3) == 0)
        {
            using var into = new MemoryStream();
            detector.Save(into);
            taken.Add((rules, (ulong)through, into.ToArray()));
        }
    }

    /// <summary>One of these rules; null for none.</summary>
    public SavedWindows? Pick(RuleSet rules)
    {
        var ofRules = taken.Where(one => ReferenceEquals(one.Rules, rules)).TakeLast(random.Next(1, 3)).ToArray();
        return ofRules is [var one, ..] && random.Next(4) != 0 ? new SavedWindows(new MemoryStream(one.Windows), one.Through, SinceAsync(one.Through)) : null;
    }

    private async IAsyncEnumerable<EventBatch> SinceAsync(ulong through)
    {
        await Task.Yield();
        foreach (var some in Enumerable.Range(0, all.Count).Where(row => all.Seqs[row] > through).Select(row => new RowRef(0, row)).Chunk(random.Next(1, 20)))
        {
            using var builder = new EventBatchBuilder();
            builder.AddRows([all], some);
            yield return builder.Seal();
        }
    }
}
