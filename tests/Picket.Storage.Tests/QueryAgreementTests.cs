using Picket.Events;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Testing;

namespace Picket.Storage.Tests;

public sealed class QueryAgreementTests : ReturnsItsMemory
{
    private const int Events = 20_000;

    // As people type them, over the names of RandomEvents.
    private static readonly string[] Typed =
    [
        "*", "timeout", "connection timeout", "\"connection timeout\"", "timeout*", "*ector", "level:error", "level:(error warn)", "-level:info", "level:error or app:timeout", "status:>=100",
        "status:100..404", "status:[40 TO 404)", "status:404", "ms:<0", "src_ip:10.0.0.0/8", "src_ip:10.0.0.1", "src_ip:2001:db8::/32", "10.0.0.1", "bob@example.com", "note:*", "-note:*", "note:\"\"",
        "app:conn*", "app:*ish", "app:=Error", "app:error", "message:~\"[0-9]+ ms\"", "message:~\"(?i)TIMEOUT\"", "ts:2026-01-19", "ts:2026-01-19T10..2026-01-19T12", "from:2026-01-19 to:2026-01-20 level:error",
        "tags:timeout", "odd.name:true", "(app:no or app:null) level:warn", "not (timeout or connection)", "日本語", "Ärger", "message:equal(timeout)", "severity:high",
        "* | count", "level:error | count", "* | count by level", "* | count by level, app", "* | histogram 1h", "* | histogram 6h by level", "from:2026-01-18T07:13 | histogram 1h by severity", "* | top 3 app",
        "* | rare 3 app", "level:error | top 5 src_ip, app", "* | stats min(ms), max(ms), avg(ms) by level", "* | stats sum(status) as s, distinct(app) as apps, count() as n by severity | sort n desc", "* | distinct level, severity",
        "* | fields app, level | distinct", "* | fields ts, ms | sort ms desc | head 20", "* | sort status, ms desc | fields status, ms | head 50", "level:error | sort ts | head 7 | fields ts, app",
        "* | head 500 | count by level", "* | head 500 | where level:error | count", "* | count by app | where count:>300 | sort app", "* | count by app, level | count by level", "* | stats min(ts), max(ts) by level",
        "absent:* | count", "* | count by absent", "* | stats count() as n | where n:>5",
    ];

    [Fact]
    public async Task Queries_agree_with_a_plain_interpreter_in_memory_in_segments_merged_and_after_a_restart()
    {
        var random = new Random(5);
        var (makes, pipes) = (new RandomEvents(random), new RandomPipes(random));
        var json = Enumerable.Range(0, Events).Select(_ => makes.Next()).ToArray();
        using var all = Some.Batch(json);
        var queries = Typed.Concat(Enumerable.Range(0, 160).Select(i => Typed[i % 40] + pipes.Next())).Select(text => QueryParser.Parse(text, Some.Instant)).ToArray();
        Assert.True(queries.Length > 200);
        // A list of all that match would be most of the test.
        queries = Array.ConvertAll(queries, query => query.Pipes.Count > 0 ? query : query with { Pipes = [new Head(100)] });
        var expected = Array.ConvertAll(queries, query => PlainQuery.Run(query, all));
        using var open = new OpenStore();
        foreach (var part in json.Chunk(1_000).Index())
        {
            await open.AppendAsync(part.Item);
            if (part.Index is 9 or 14 or 17)
            {
                await open.Store.FlushAsync(default);
            }
        }
        await CheckAsync("partly in memory");
        await open.Store.FlushAsync(default);
        await CheckAsync("in segments");
        for (var part = 0; part < 6; part++)
        {
            // So that merging has enough of them, with events that no query here finds.
            await OpenStore.AppendAsync(open.Store, new TenantId(9), null, "{}");
            await open.Store.FlushAsync(default);
        }
        open.Store.Maintain();
        Assert.True(open.Store.Statistics.Merges > 0);
        await CheckAsync("merged");
        open.Restart();
        await CheckAsync("after a restart");

        async Task CheckAsync(string where)
        {
            for (var i = 0; i < queries.Length; i++)
            {
                var answer = await QueryRun.RunAsync(open.Store, TenantId.Default, queries[i], default);
                var table = answer is Answer.OfEvents events ? await EventTable.ReadAsync(events.Pages, events.Fields) : ((Answer.OfRows)answer).Table;
                // Only what a table has no room for may be missing.
                var found = PlainQuery.Show(table);
                Assert.True(
                    expected[i].Take(found.Count == Query.Limits.TableRows ? found.Count : int.MaxValue).SequenceEqual(found),
                    $"{where}: {queries[i].Filter} | {string.Join(" | ", queries[i].Pipes)}\n{string.Join('\n', expected[i].Take(5))}\n---\n{string.Join('\n', found.Take(5))}");
            }
        }
    }
}
