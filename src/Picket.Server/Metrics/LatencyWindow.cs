namespace Picket.Server.Metrics;

/// <summary>The last 2,048 latencies in milliseconds, for percentiles, and the average of all. Thread-safe.</summary>
public sealed class LatencyWindow
{
    private readonly double[] last = new double[2_048];
    private readonly Lock gate = new();
    private double sum;

    public long Count { get; private set; }

    public double Average
    {
        get
        {
            lock (gate)
            {
                return Count == 0 ? 0 : sum / Count;
            }
        }
    }

    public void Add(double milliseconds)
    {
        lock (gate)
        {
            last[Count % last.Length] = milliseconds;
            Count++;
            sum += milliseconds;
        }
    }

    /// <param name="percent">0 to 100.</param>
    public double Percentile(double percent)
    {
        double[] sorted;
        lock (gate)
        {
            sorted = last[..(int)Math.Min(Count, last.Length)];
        }
        Array.Sort(sorted);
        return sorted.Length == 0 ? 0 : sorted[Math.Min((int)(sorted.Length * percent / 100), sorted.Length - 1)];
    }
}
