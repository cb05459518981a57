using Picket.Events.Batches;
using Picket.Testing;

namespace Picket.Events.Tests;

public sealed class BatchTests
{
    [Fact]
    public void Rows_copied_into_another_batch_are_the_same_events() => Property.Holds(100, random =>
    {
        var events = new RandomEvents(random);
        var json = Enumerable.Range(0, random.Next(1, 40)).Select(_ => events.Next()).ToArray();
        using var first = Some.Batch(json);
        using var second = Some.Batch([.. json.Reverse()]);
        using var builder = new EventBatchBuilder();
        builder.AddRows(first);
        builder.AddRows(second);
        var rows = Enumerable.Range(0, json.Length).Select(row => new RowRef(row % 2, row)).ToArray();
        builder.AddRows([first, second], rows);
        using var all = builder.Seal();
        for (var row = 0; row < json.Length; row++)
        {
            Assert.Equal(json[row], Some.Original(all[row]));
            Assert.Equal(json[json.Length - 1 - row], Some.Original(all[json.Length + row]));
            Assert.Equal(row % 2 == 0 ? json[row] : json[json.Length - 1 - row], Some.Original(all[(2 * json.Length) + row]));
        }
    });

    [Fact]
    public void A_packed_batch_is_read_again_from_its_bytes()
    {
        using var batch = Some.Batch("""{"a":1,"b":"x"}""", """{"b":"y","level":"error"}""");
        var memory = new NativeBuffer();
        memory.Append(((PackedBatch)batch.Source).Packed);
        Assert.True(PackedBatch.TryOpen(memory, out var opened));
        using var again = new EventBatch(opened);
        Assert.Equal("""{"b":"y","level":"error"}""", Some.Original(again[1]));
    }

    [Fact]
    public void Damaged_bytes_are_no_batch_or_one_that_can_be_read() => Property.Holds(1_000, random =>
    {
        using var batch = Some.Batch("""{"a":1,"b":"x","c":[1,2]}""", """{"b":"y","level":"error","d":null}""", """{"a":"z"}""");
        using var memory = new NativeBuffer();
        memory.Append(((PackedBatch)batch.Source).Packed);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            memory.Written[random.Next(memory.Length)] = (byte)random.Next(256);
        }
        if (random.Next(4) == 0)
        {
            memory.Truncate(random.Next(memory.Length));
        }
        if (!PackedBatch.TryOpen(memory, out var opened))
        {
            return;
        }
        for (var row = 0; row < opened.Count; row++)
        {
            foreach (var field in opened.Fields)
            {
                if (opened.TryLoad(field, out var column) && column.TryGet(row, out var value))
                {
                    _ = value.Text.Length;
                }
            }
            _ = opened.Shape(opened.ShapeCodes[row]).Length;
        }
    });

    [Fact]
    public void A_disposed_handle_throws_and_its_sharer_still_reads()
    {
        var batch = Some.Batch("""{"a":1}""");
        var other = batch.Share();
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.Count);
        Assert.Equal(1, other.Count);
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Share());
    }

    [Fact]
    public void Ids_are_version_7_and_say_their_position()
    {
        var position = new LogPosition(LogPosition.MaxLog, LogPosition.MaxSeq);
        var id = EventId.From(position, Some.Instant);
        Assert.Equal(7, id.Version);
        Assert.True(EventId.TryRead(id, out var read, out var milliseconds));
        Assert.Equal((position, Some.Instant / 1_000_000), (read, milliseconds));
        Assert.False(EventId.TryRead(Guid.NewGuid(), out _, out _));
        Assert.True(string.CompareOrdinal(EventId.From(new(5, 7), Some.Instant).ToString(), EventId.From(new(5, 8), Some.Instant).ToString()) < 0);
    }

    [Fact]
    public void Positions_of_two_logs_are_not_compared()
    {
        Assert.True(new LogPosition(3, 4) < new LogPosition(3, 5));
        Assert.Throws<InvalidOperationException>(() => new LogPosition(3, 4) < new LogPosition(4, 5));
        Assert.Equal(new LogPosition(3, 1048576), LogPosition.Parse("3-1048576", null));
        Assert.False(LogPosition.TryParse("3-", null, out _));
    }

    [Fact]
    public async Task A_budget_grants_waits_and_refuses()
    {
        var budget = new MemoryBudget(10, TimeProvider.System);
        Assert.True(await budget.TryTakeAsync(8, TimeSpan.Zero, default));
        Assert.False(await budget.TryTakeAsync(8, TimeSpan.FromMilliseconds(1), default));
        var waiting = budget.TryTakeAsync(8, TimeSpan.FromMinutes(1), default).AsTask();
        Assert.False(waiting.IsCompleted);
        budget.Release(8);
        Assert.True(await waiting);
        budget.Release(8);
        Assert.True(await budget.TryTakeAsync(100, TimeSpan.Zero, default));
        using var cancelled = new CancellationTokenSource();
        var third = budget.TryTakeAsync(1, TimeSpan.FromMinutes(1), cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        budget.Release(100);
        Assert.Equal(0, budget.InUse);
    }

    [Fact]
    public void A_row_set_is_a_set() => Property.Holds(300, random =>
    {
        var rows = random.Next(1, 300);
        var (a, b) = (new RowSet(rows), new RowSet(rows));
        var (plainA, plainB) = (new SortedSet<int>(), new SortedSet<int>());
        for (var i = 0; i < 50; i++)
        {
            var row = random.Next(rows);
            a.Add(row);
            plainA.Add(row);
            row = random.Next(rows);
            b.Add(row);
            plainB.Add(row);
        }
        switch (random.Next(4))
        {
            case 0: a.And(b); plainA.IntersectWith(plainB); break;
            case 1: a.Or(b); plainA.UnionWith(plainB); break;
            case 2: a.Except(b); plainA.ExceptWith(plainB); break;
            default:
                var (start, end) = (random.Next(rows), random.Next(rows));
                a.AddRange(start, end);
                plainA.UnionWith(Enumerable.Range(start, Math.Max(end - start, 0)));
                break;
        }
        var found = new List<int>();
        for (var row = a.Next(0); row >= 0; row = a.Next(row + 1))
        {
            found.Add(row);
        }
        Assert.Equal(plainA, found);
        Assert.Equal(plainA.Count, a.Count);
        a.AddAll();
        Assert.Equal(rows, a.Count);
    });
}
