using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Storage.Cache;

namespace Picket.Storage.Scan;

/// <summary>
/// What was asked before: the rows of a block for which a filter holds, and the tables of aggregates. Both are of parts that never change, a block or a set of whole
/// segments, so nothing here is ever stale. In bytes of their own, for reading much would push them out of those of columns. Thread-safe.
/// </summary>
internal sealed class KnownAnswers(long capacity) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<Filter, long> filters = [];
    private readonly PartCache<(long Segment, int Block, long Filter)> rows = new(capacity / 3 * 2);
    private readonly PartCache<AskedTable> tables = new(capacity / 3);
    private long given;

    public long Bytes => rows.Bytes + tables.Bytes;

    public long BlocksKnown => rows.Hits;

    public long BlocksMatched => rows.Misses;

    public long TablesKnown => tables.Hits;

    public long TablesMade => tables.Misses;

    /// <summary>A filter's number, under which what it finds is kept. At the bound all are forgotten; a number is never given again, so nothing can be mistaken for another's.</summary>
    public long NumberOf(Filter filter)
    {
        lock (gate)
        {
            if (filters.TryGetValue(filter, out var number))
            {
                return number;
            }
            if (filters.Count == Limits.KnownFilters)
            {
                filters.Clear();
            }
            filters.Add(filter, ++given);
            return given;
        }
    }

    /// <summary>The rows that a filter holds for in a block, known or found. The caller releases them.</summary>
    public MatchedRows RowsOf(long segment, int block, long filter, Func<MatchedRows> find) => rows.Get((segment, block, filter), find);

    /// <summary>The table of an aggregate, known or made.</summary>
    public AggregateTable TableOf(AskedTable asked, Func<AggregateTable> make)
    {
        var known = tables.Get(asked, () => new KnownTable(make()));
        known.Release();
        return known.Table;
    }

    public void Dispose()
    {
        rows.Dispose();
        tables.Dispose();
    }

    private sealed class KnownTable(AggregateTable table) : CachedPart
    {
        private const int RowBytes = 128;
        private const int CellBytes = 48;

        public AggregateTable Table => table;

        public override long Bytes { get; } = RowBytes + table.Rows.Sum(row => RowBytes + (row.Values.Count * sizeof(double)) + row.Key.Sum(cell => (long)CellBytes + (2 * cell.Text?.Length ?? 0)));

        protected override void Free()
        {
            // The collector's.
        }
    }
}
