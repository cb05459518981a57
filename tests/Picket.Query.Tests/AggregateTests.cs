using System.Globalization;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Query.Tests;

public sealed class AggregateTests
{
    private static readonly Field Ms = new("ms");
    private static readonly Field App = new("app");

    [Theory]
    [InlineData(MetricOperator.Sum, 111)]
    [InlineData(MetricOperator.Average, 37)]
    [InlineData(MetricOperator.Minimum, 1)]
    [InlineData(MetricOperator.Maximum, 100)]
    [InlineData(MetricOperator.Distinct, 4)]
    [InlineData(MetricOperator.Count, 5)]
    public void A_metric_is_measured_over_numbers(MetricOperator op, double expected)
    {
        var table = Run(new Aggregation([], 0, [new Metric(op, Ms)]), """{"ms":1}""", """{"ms":"10"}""", """{"ms":100.0}""", """{"ms":"x"}""", """{"ms":null}""", """{"ms":"x"}""", """{"a":1}""");
        Assert.Equal(expected, Assert.Single(table.Rows).Values[0], 6);
        Assert.Equal(7, table.Rows[0].Count);
    }

    [Fact]
    public void Without_a_number_there_is_no_average()
    {
        Assert.True(double.IsNaN(Run(new Aggregation([], 0, [new Metric(MetricOperator.Average, Ms)]), "{}").Rows[0].Values[0]));
        Assert.True(double.IsNaN(Run(new Aggregation([], 0, [new Metric(MetricOperator.Percentile, Ms, 50)]), "{}").Rows[0].Values[0]));
        Assert.Equal(0, Run(new Aggregation([], 0, [new Metric(MetricOperator.Sum, Ms)]), "{}").Rows[0].Values[0]);
    }

    [Fact]
    public void Percentiles_are_within_one_percent() => Property.Holds(50, random =>
    {
        var numbers = Enumerable.Range(0, random.Next(1, 500)).Select(_ => Math.Round(Math.Exp(random.NextDouble() * 12) * (random.Next(4) == 0 ? -1 : 1), 3)).ToArray();
        var percent = random.Next(0, 101);
        var table = Run(new Aggregation([], 0, [new Metric(MetricOperator.Percentile, Ms, percent)]), [.. numbers.Select(n => string.Create(CultureInfo.InvariantCulture, $"{{\"ms\":{n}}}"))]);
        Array.Sort(numbers);
        var rank = percent / 100.0 * (numbers.Length - 1);
        var (low, high) = (numbers[(int)Math.Floor(rank)], numbers[(int)Math.Ceiling(rank)]);
        Assert.InRange(table.Rows[0].Values[0], low - (Math.Abs(low) * 0.0101), high + (Math.Abs(high) * 0.0101));
    });

    [Fact]
    public void Distinct_values_past_the_bound_are_estimated()
    {
        var table = Run(new Aggregation([], 0, [new Metric(MetricOperator.Distinct, Ms)]), [.. Enumerable.Range(0, 50_000).Select(i => $"{{\"ms\":{i}}}")]);
        Assert.InRange(table.Rows[0].Values[0], 47_500, 52_500);
    }

    [Fact]
    public void Groups_by_field_interval_and_both_count_as_a_list_would() => Property.Holds(50, random =>
    {
        var json = Enumerable.Range(0, random.Next(1, 80)).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"ts\":\"2026-01-20T{random.Next(4):00}:00:00Z\"{(random.Next(4) == 0 ? "" : $",\"app\":\"a{random.Next(3)}\"")},\"k\":{random.Next(2)}}}")).ToArray();
        const long hour = 3_600_000_000_000;
        var table = Run(new Aggregation([App, new Field("k")], hour, [Metric.Count]), json);
        using var batch = Some.Batch(json);
        var expected = new Dictionary<string, long>();
        for (var row = 0; row < batch.Count; row++)
        {
            var key = $"{batch[row].Time / hour * hour}|{(batch[row].TryGet(App, out var app) ? app.ToString() : null)}|{(batch[row].TryGet(new Field("k"), out var k) ? k.ToString() : null)}";
            expected[key] = expected.GetValueOrDefault(key) + 1;
        }
        Assert.Equal(expected, table.Rows.ToDictionary(row => $"{row.From}|{string.Join('|', row.Key.Select(part => part.Text))}", row => row.Count));
        Assert.Equal(table.Rows.Select(row => row.From).Order(), table.Rows.Select(row => row.From));
    });

    [Fact]
    public void The_top_are_the_largest()
    {
        var table = Run(new Aggregation([App], 0, [Metric.Count], Top: 2), """{"app":"b"}""", """{"app":"a"}""", """{"app":"b"}""", """{"app":"c"}""");
        Assert.Equal([("b", 2L), ("a", 1L)], table.Rows.Select(row => (row.Key[0].Text!, row.Count)));
    }

    [Fact]
    public void Too_many_groups_end_the_question()
    {
        using var memory = new AnswerMemory(new AnswerMemory.Shared(1_000_000_000));
        var groups = new GroupTable(new Aggregation([Ms], 0, [Metric.Count]), memory);
        var error = Assert.Throws<QueryException>(() =>
        {
            for (var part = 0; part <= 10; part++)
            {
                using var batch = Some.Batch([.. Enumerable.Range(part * 10_000, 10_001).Select(i => $"{{\"ms\":{i}}}")]);
                Add(groups, batch);
            }
        });
        Assert.Equal(QueryException.TooLarge, error.Error);
    }

    private static AggregateTable Run(Aggregation aggregation, params string[] json)
    {
        using var batch = Some.Batch(json);
        using var memory = new AnswerMemory(new AnswerMemory.Shared(1_000_000_000));
        var groups = new GroupTable(aggregation, memory);
        Add(groups, batch);
        return groups.ToTable();
    }

    private static void Add(GroupTable groups, EventBatch batch)
    {
        var rows = new RowSet(batch.Count);
        rows.AddAll();
        groups.Add(batch, rows);
    }
}
