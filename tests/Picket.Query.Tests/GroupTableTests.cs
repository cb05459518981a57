using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Query.Tests;

public sealed class GroupTableTests
{
    private static readonly string[] Names = ["app", "level", "status", "ms"];

    [Fact]
    public void Groups_agree_with_a_plain_count_and_parts_put_together_with_the_whole() => Property.Holds(300, random =>
    {
        var events = new RandomEvents(random);
        var json = Enumerable.Range(0, random.Next(1, 80)).Select(_ => events.Next()).ToArray();
        using var batch = Some.Batch(json);
        var by = Names.Where(_ => random.Next(3) == 0).Select(name => new Field(name)).ToArray();
        var metric = random.Next(4) switch
        {
            0 => Metric.Count,
            1 => new Metric(MetricOperator.Sum, new Field("ms")),
            2 => new Metric(MetricOperator.Distinct, new Field("message")),
            _ => new Metric(MetricOperator.Percentile, new Field("ms"), 50),
        };
        var aggregation = new Aggregation(by, random.Next(2) == 0 ? 0 : 3_600_000_000_000, [metric], random.Next(3) == 0 ? 3 : 0);
        var rows = new RowSet(batch.Count);
        for (var row = 0; row < batch.Count; row++)
        {
            if (random.Next(3) > 0)
            {
                rows.Add(row);
            }
        }
        var shared = new AnswerMemory.Shared(1_000_000_000);
        using var memory = new AnswerMemory(shared);
        var whole = new GroupTable(aggregation, memory);
        whole.Add(batch, rows);
        var (first, second) = (new GroupTable(aggregation, memory), new GroupTable(aggregation, memory));
        var (even, odd) = (new RowSet(batch.Count), new RowSet(batch.Count));
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            (row % 2 == 0 ? even : odd).Add(row);
        }
        first.Add(batch, even);
        second.Add(batch, odd);
        first.Merge(second);
        var expected = whole.ToTable().Rows;
        Assert.Equal(expected.Select(Shown), first.ToTable().Rows.Select(Shown));
        if (aggregation.Top == 0)
        {
            Assert.Equal(rows.Count, expected.Sum(row => row.Count));
            foreach (var group in Enumerable.Range(0, batch.Count).Where(rows.Contains).GroupBy(row => string.Join('|', by.Select(field => KeyOf(batch, row, field)).Append($"{From(batch, row, aggregation)}"))))
            {
                Assert.Contains(expected, row => string.Join('|', row.Key.Select(part => part.Text ?? "none").Append($"{row.From}")) == group.Key && row.Count == group.Count());
            }
        }
    });

    [Fact]
    public void A_weight_counts_as_so_many_events()
    {
        using var batch = Some.Batch("""{"app":"a"}""", """{"app":"b"}""", """{"app":"a"}""");
        var rows = new RowSet(3);
        rows.AddAll();
        foreach (var aggregation in new Aggregation[] { new([new("app")], 0, [Metric.Count]), new([new("app"), new("level")], 0, [Metric.Count]), new([], 3_600_000_000_000, [Metric.Count]), new([], 0, [Metric.Count]) })
        {
            using var memory = new AnswerMemory(new AnswerMemory.Shared(1_000_000));
            var table = new GroupTable(aggregation, memory);
            table.Add(batch, rows, [5, 7, 11]);
            Assert.Equal(23, table.ToTable().Rows.Sum(row => row.Count));
        }
    }

    [Fact]
    public void An_answer_that_takes_too_much_memory_is_ended_and_gives_it_back()
    {
        var shared = new AnswerMemory.Shared(200_000);
        using (var memory = new AnswerMemory(shared))
        {
            var table = new GroupTable(new Aggregation([new("message")], 0, [Metric.Count]), memory);
            using var batch = Some.Batch([.. Enumerable.Range(0, 2_000).Select(i => $"{{\"message\":\"{new string('x', 500)}{i}\"}}")]);
            var rows = new RowSet(batch.Count);
            rows.AddAll();
            Assert.Equal(QueryException.TooLarge, Assert.Throws<QueryException>(() => table.Add(batch, rows)).Error);
        }
        Assert.Equal((0, 1), (shared.InUse, shared.Refused));
    }

    [Fact]
    public void A_small_answer_for_which_others_leave_no_room_is_asked_again_not_refused()
    {
        var shared = new AnswerMemory.Shared(200_000);
        using var large = new AnswerMemory(shared);
        large.Take(195_000);
        using var small = new AnswerMemory(shared);
        Assert.Equal(QueryException.Overloaded, Assert.Throws<QueryException>(() => small.Take(10_000)).Error);
        Assert.Equal(QueryException.TooLarge, Assert.Throws<QueryException>(() => large.Take(10_000)).Error);
        Assert.Equal(195_000, shared.InUse);
    }

    private static string Shown(AggregateRow row) => $"{string.Join('|', row.Key.Select(part => part.Text))} {row.From} {row.Count} {Math.Round(row.Values[0], 6)}";

    private static string KeyOf(EventBatch batch, int row, Field field) => batch[row].TryGet(field, out var value) && value.Kind != ValueKind.Null ? value.ToString() : "none";

    private static long From(EventBatch batch, int row, Aggregation aggregation) => aggregation.Interval == 0 ? 0 : batch.Times[row] - (batch.Times[row] % aggregation.Interval);
}
