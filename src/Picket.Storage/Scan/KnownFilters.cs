using Picket.Query;

namespace Picket.Storage.Scan;

/// <summary>Filters that were asked before, each with a number under which what it found in a block is kept; and how often that was of use. Thread-safe.</summary>
internal sealed class KnownFilters
{
    private readonly Lock gate = new();
    private readonly Dictionary<Filter, long> numbers = [];
    private long given;
    private long hits;
    private long misses;

    public long Hits => Interlocked.Read(ref hits);

    public long Misses => Interlocked.Read(ref misses);

    /// <summary>A filter's number. At the bound all are forgotten; a number is never given again, so nothing can be mistaken for another's.</summary>
    public long NumberOf(Filter filter)
    {
        lock (gate)
        {
            if (numbers.TryGetValue(filter, out var number))
            {
                return number;
            }
            if (numbers.Count == Limits.KnownFilters)
            {
                numbers.Clear();
            }
            numbers.Add(filter, ++given);
            return given;
        }
    }

    public void Count(bool isHit) => Interlocked.Increment(ref isHit ? ref hits : ref misses);
}
