using Picket.Events;
using Picket.Query.Store;
using Picket.Storage.Scan;

namespace Picket.Storage.Tests.Scan;

public sealed class QueryWorkersTests
{
    private static readonly TenantId Busy = new(1);
    private static readonly TenantId Other = new(2);

    [Fact]
    public async Task One_tenant_has_half_of_the_threads_and_the_others_do_not_wait_for_it()
    {
        using var workers = new QueryWorkers(4);
        using var go = new ManualResetEventSlim();
        var (running, most) = (0, 0);
        var busy = Enumerable.Range(0, 20).Select(_ => workers.RunAsync(
            Busy,
            () =>
            {
                var now = Interlocked.Increment(ref running);
                most = Math.Max(most, now);
                go.Wait();
                return Interlocked.Decrement(ref running);
            },
            default)).ToArray();
        Assert.Equal(7, await workers.RunAsync(Other, () => 7, default));
        Assert.False(busy[0].IsCompleted);
        go.Set();
        await Task.WhenAll(busy);
        Assert.Equal(Limits.QueryThreadsOfTenant, most);
    }

    [Fact]
    public async Task Tenants_take_turns()
    {
        using var workers = new QueryWorkers(1);
        using var go = new ManualResetEventSlim();
        var order = new List<uint>();
        var first = workers.RunAsync(Busy, () => { go.Wait(); return 0; }, default);
        // Whose turn is next depends on its having begun.
        while (workers.Waiting > 0)
        {
            await Task.Yield();
        }
        var rest = Enumerable.Range(0, 3).Select(_ => workers.RunAsync(Busy, () => { order.Add(1); return 0; }, default))
            .Concat(Enumerable.Range(0, 3).Select(_ => workers.RunAsync(Other, () => { order.Add(2); return 0; }, default))).ToArray();
        go.Set();
        await Task.WhenAll([first, .. rest]);
        Assert.Equal([1u, 2, 1, 2, 1, 2], order);
    }

    [Fact]
    public async Task Too_many_waiting_are_refused_and_a_cancelled_one_is_not_begun()
    {
        using var workers = new QueryWorkers(1);
        using var go = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        var first = workers.RunAsync(Busy, () => { go.Wait(); return 0; }, default);
        while (workers.Waiting > 0)
        {
            await Task.Yield();
        }
        var begun = false;
        var cancelled = workers.RunAsync(Busy, () => begun = true, cancel.Token);
        var rest = Enumerable.Range(1, Limits.QueriesWaiting - 1).Select(_ => workers.RunAsync(Busy, () => 0, default)).ToArray();
        var error = await Assert.ThrowsAsync<QueryException>(() => workers.RunAsync(Other, () => 0, default));
        Assert.Equal((QueryException.Overloaded, 1), (error.Error, workers.Refused));
        await cancel.CancelAsync();
        go.Set();
        await Task.WhenAll(rest);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(begun);
        await first;
    }

    [Fact]
    public async Task Parts_share_the_work_and_the_first_failure_is_thrown_after_all_have_ended()
    {
        using var workers = new QueryWorkers(4);
        var done = 0;
        await workers.RunAsync(Busy, () =>
        {
            var next = 0;
            workers.RunParts(_ =>
            {
                while (Interlocked.Increment(ref next) <= 1_000)
                {
                    Interlocked.Increment(ref done);
                }
            });
            return 0;
        }, default);
        Assert.Equal(1_000, done);
        await Assert.ThrowsAsync<InvalidOperationException>(() => workers.RunAsync<int>(Busy, () =>
        {
            workers.RunParts(_ => throw new InvalidOperationException());
            return 0;
        }, default));
        Assert.Equal(1, await workers.RunAsync(Busy, () => 1, default));
    }
}
