using Picket.Events;
using Picket.Events.Log;
using Picket.Storage.Log;
using Picket.Testing;

namespace Picket.Storage.Tests.Log;

public sealed class BoundsTests : ReturnsItsMemory
{
    [Fact]
    public void Keys_past_the_bounds_go_oldest_first_and_are_counted()
    {
        var table = new IdempotencyTable();
        for (var i = 0; i <= Limits.KeysOfTenant; i++)
        {
            table.Add(new KeyEntry(TenantId.Default, new((UInt128)i, 0), 1, 1, Some.Instant));
        }
        Assert.False(table.TryGet(TenantId.Default, 0, out _));
        Assert.True(table.TryGet(TenantId.Default, 1, out _));
        Assert.Equal(1, table.Evicted);
        for (var i = 0; i < Limits.Keys; i++)
        {
            table.Add(new KeyEntry(new TenantId((uint)i + 10), new(1, 0), 1, 1, Some.Instant));
        }
        Assert.False(table.TryGet(TenantId.Default, (UInt128)Limits.KeysOfTenant, out _));
        Assert.Equal(Limits.Keys, table.ToList().Count);
    }

    [Fact]
    public async Task One_source_too_many_is_refused_and_known_ones_go_on()
    {
        using var open = new OpenStore();
        for (var i = 0; i < Limits.Bookmarks; i += 1_000)
        {
            await Task.WhenAll(Enumerable.Range(i, 1_000).Select(source => MarkAsync(open, $"s{source}", "1")));
        }
        Assert.Equal(AppendStatus.Overloaded, (await MarkAsync(open, "one more", "1")).Status);
        Assert.Equal(AppendStatus.Committed, (await MarkAsync(open, "s5", "2")).Status);
        Assert.Null(open.Store.FindBookmark(TenantId.Default, "one more"));
        await open.Store.FlushAsync(default);
        open.Crash();
        Assert.Equal("2", open.Store.FindBookmark(TenantId.Default, "s5")!.Value.Value);
        Assert.Equal(Limits.Bookmarks, open.Store.Statistics.Bookmarks);
    }

    [Fact]
    public async Task A_recycled_log_file_gives_back_none_of_what_it_held_before()
    {
        using var open = new OpenStore();
        for (var round = 0; round < 6; round++)
        {
            await open.AppendAsync([.. Enumerable.Range(0, 50 - (round * 7)).Select(i => $"{{\"round\":{round},\"i\":{i}}}")]);
            await MarkAsync(open, "file", $"{round}");
            if (round % 2 == 1)
            {
                await open.Store.FlushAsync(default);
            }
            open.Crash();
            Assert.Equal(Enumerable.Range(0, round + 1).Sum(r => 50 - (r * 7)), (await open.AllAsync()).Count);
            Assert.Equal($"{round}", open.Store.FindBookmark(TenantId.Default, "file")!.Value.Value);
            Assert.Equal(0, open.Store.Statistics.BytesSetAside);
        }
        Assert.True(File.Exists(Path.Combine(open.Folder, "log", "spare")) || Directory.GetFiles(Path.Combine(open.Folder, "log")).Length > 0);
    }

    private static async Task<AppendResult> MarkAsync(OpenStore open, string source, string value) =>
        await open.Store.AppendAsync(new AppendRequest(TenantId.Default, Some.BatchOf(TenantId.Default), null, new Bookmark(source, value)), default);
}
