namespace Picket.Server.Metrics;

/// <summary>How many a second over the last minute. Thread-safe.</summary>
public sealed class RateWindow(TimeProvider time)
{
    private readonly (long Second, long Count)[] seconds = new (long, long)[60];
    private readonly Lock gate = new();
    private readonly long start = time.GetUtcNow().ToUnixTimeSeconds();

    public double PerSecond
    {
        get
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            lock (gate)
            {
                var counted = seconds.Where(bucket => now - bucket.Second < seconds.Length).Sum(bucket => bucket.Count);
                return counted / (double)Math.Clamp(now - start + 1, 1, seconds.Length);
            }
        }
    }

    public void Add(long count)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        lock (gate)
        {
            ref var bucket = ref seconds[now % seconds.Length];
            bucket = bucket.Second == now ? (now, bucket.Count + count) : (now, count);
        }
    }
}
