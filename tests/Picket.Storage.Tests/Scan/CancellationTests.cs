using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Sorting;
using Picket.Query.Store;

namespace Picket.Storage.Tests.Scan;

/// <summary>Who has gone is not answered: the question ends at the next block.</summary>
public sealed class CancellationTests : ReturnsItsMemory
{
    private static readonly Field Number = new("number");

    public static TheoryData<string, Func<EmbeddedStore, Filter, ScanCounts, CancellationToken, Task>> Questions { get; } = new()
    {
        { "a page", async (store, filter, counts, gone) => (await store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, filter) { Counts = counts }, gone)).Dispose() },
        { "a sorted page", async (store, filter, counts, gone) => (await store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, filter) { Order = new SortOrder([new SortKey(Number, true)]), Counts = counts }, gone)).Dispose() },
        { "groups", async (store, filter, counts, gone) => await store.AggregateAsync(new AggregateRequest(TenantId.Default, TimeRange.All, filter, new Aggregation([Number], 0, [Metric.Count])) { Counts = counts }, gone) },
        { "fields", async (store, filter, counts, gone) => await store.FieldsAsync(new FieldsRequest(TenantId.Default, TimeRange.All, filter) { Counts = counts }, gone) },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task A_question_ends_when_its_client_has_gone(string what, Func<EmbeddedStore, Filter, ScanCounts, CancellationToken, Task> ask)
    {
        using var open = new OpenStore();
        await open.AppendAsync([.. Enumerable.Range(0, 60_000).Select(i => $"{{\"number\":{i}}}")]);
        await open.Store.FlushAsync(default);
        var (counts, all) = (new ScanCounts(), new ScanCounts());
        await ask(open.Store, new Filter.Term(Number, new Goes(() => { })), all, default);
        using var gone = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ask(open.Store, new Filter.Term(Number, new Goes(gone.Cancel)), counts, gone.Token));
        Assert.True(all.BlocksRead >= 7, what);
        Assert.InRange(counts.BlocksRead, 1, Environment.ProcessorCount);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ask(open.Store, Filter.Everything, counts, gone.Token));
    }

    /// <summary>Holds for nothing, and tells when it is first asked.</summary>
    private sealed record Goes(Action First) : Operator
    {
        public override bool MatchesScalar(Value value)
        {
            First();
            return false;
        }

        public override string Print(BareText bare) => "goes";
    }
}
