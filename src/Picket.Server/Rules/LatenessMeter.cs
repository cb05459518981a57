using System.Numerics;
using Picket.Detection;
using Picket.Events.Batches;

namespace Picket.Server.Rules;

/// <summary>
/// How long after they happened events arrive, as far as can be told of their senders' clocks: of the last million, to the next power of two of milliseconds. It tells whether
/// <c>detection.lateness</c> is enough. For one writer; reading is thread-safe.
/// </summary>
internal sealed class LatenessMeter
{
    // What is counted is halved then, so that what was long ago says less and less.
    private const long Most = 1_000_000;

    private readonly long[] counts = new long[48];
    private long total;
    private long ahead;

    /// <summary>Events whose senders' clocks were further ahead than is believed.</summary>
    public long Ahead => Interlocked.Read(ref ahead);

    public void Add(EventBatch batch)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            if (batch.Times[row] - Detector.ClockAhead > batch.Received[row])
            {
                Interlocked.Increment(ref ahead);
            }
            var late = (ulong)Math.Max(0, batch.Received[row] - batch.Times[row]) / 1_000_000;
            counts[Math.Min(counts.Length - 1, late == 0 ? 0 : BitOperations.Log2(late) + 1)]++;
        }
        total += batch.Count;
        if (total > Most)
        {
            total = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                total += counts[i] /= 2;
            }
        }
    }

    /// <summary>So many seconds or less for a share of the events; 0 where there are none.</summary>
    public double Quantile(double share)
    {
        var below = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            below += Volatile.Read(ref counts[i]);
            if (below > 0 && below >= Volatile.Read(ref total) * share)
            {
                return i == 0 ? 0.001 : (1L << i) / 1_000.0;
            }
        }
        return 0;
    }
}
