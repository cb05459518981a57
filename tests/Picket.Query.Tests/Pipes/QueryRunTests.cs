using Picket.Events;
using Picket.Events.Batches;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Testing;

namespace Picket.Query.Tests.Pipes;

public sealed class QueryRunTests
{
    [Fact]
    public void Pipes_over_events_read_in_parts_agree_with_a_plain_interpreter() => Property.HoldsAsync(600, async random =>
    {
        var makes = new RandomEvents(random);
        var json = Enumerable.Range(0, random.Next(1, 120)).Select(_ => makes.Next()).ToArray();
        using var all = Some.Batch(json);
        var query = QueryParser.Parse("*" + new RandomPipes(random).Next(), Some.Instant) with { Filter = new RandomFilters(random).Next() };
        var source = new StreamSource(_ => Parts(json.Chunk(random.Next(1, 50)).ToArray()));
        var answer = await QueryRun.RunAsync(source, TenantId.Default, query, default);
        var (expected, found) = (PlainQuery.Run(query, all, newestFirst: false), PlainQuery.Show(await TableOfAsync(answer)));
        Assert.True(expected.SequenceEqual(found), $"{query.Filter} | {string.Join(" | ", query.Pipes)}\n{string.Join('\n', expected)}\n---\n{string.Join('\n', found)}");
    });

    [Fact]
    public void What_is_printed_of_pipes_parses_to_the_same() => Property.Holds(1_000, random =>
    {
        var pipes = QueryParser.Parse("*" + new RandomPipes(random).Next(), Some.Instant).Pipes;
        var printed = Print(pipes);
        Assert.Equal(printed, Print(QueryParser.Parse(printed, Some.Instant).Pipes));
        static string Print(IEnumerable<Pipe> pipes) => "* | " + string.Join(" | ", pipes.DefaultIfEmpty(new Head(1)));
    });

    private static async Task<Table> TableOfAsync(Answer answer) => answer switch
    {
        Answer.OfRows rows => rows.Table,
        Answer.OfEvents events => await EventTable.ReadAsync(events.Pages, events.Fields),
        _ => throw new NotSupportedException(),
    };

    private static async IAsyncEnumerable<EventBatch> Parts(string[][] parts)
    {
        foreach (var part in parts)
        {
            await Task.Yield();
            yield return Some.Batch(part);
        }
    }
}
