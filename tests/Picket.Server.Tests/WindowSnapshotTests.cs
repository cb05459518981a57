using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Events;
using Picket.Server.Rules;
using Picket.Testing;

namespace Picket.Server.Tests;

public sealed class WindowSnapshotTests : IDisposable
{
    private static readonly byte[] Rules = SHA256.HashData("these"u8);

    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("picket-test-").FullName, "windows");
    private readonly ManualTime clock = new(DateTimeOffset.UnixEpoch);
    private readonly WindowSnapshots snapshots;

    public WindowSnapshotTests() => snapshots = New();

    [Fact]
    public void The_newest_that_is_not_of_later_is_found_and_two_are_kept()
    {
        foreach (var at in new ulong[] { 10, 900, 1_000 })
        {
            Write(at, $"until {at}");
        }
        Assert.Equal(["00000000000000000900.snapshot", "00000000000000001000.snapshot"], Names());
        Assert.Equal((3, new FileInfo(Path.Combine(folder, Names()[^1])).Length), (snapshots.Written, snapshots.Bytes));
        Assert.Equal((1_000ul, "until 1000"), Find(5_000));
        Assert.Equal((1_000ul, "until 1000"), Find(1_000));
    }

    // As it is where the metastore is an older one: its events have the numbers of others.
    [Fact]
    public void What_is_of_later_than_was_looked_at_is_deleted()
    {
        Write(900, "before");
        Write(1_000, "later");
        Assert.Equal((900ul, "before"), Find(999));
        Assert.Equal(["00000000000000000900.snapshot"], Names());
    }

    [Theory]
    // Of its checksum, of what it is of, of what windows had, and at its end.
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(66)]
    [InlineData(-1)]
    public void Of_one_that_is_damaged_anywhere_the_one_before_is_taken(int place)
    {
        Write(900, "before");
        Write(1_000, "newer");
        var name = Path.Combine(folder, Names()[^1]);
        var bytes = File.ReadAllBytes(name);
        bytes[place < 0 ? bytes.Length + place : place] ^= 1;
        File.WriteAllBytes(name, bytes);
        Assert.Equal((900ul, "before"), Find(1_000));
    }

    [Fact]
    public void One_that_ends_anywhere_too_early_is_not_taken()
    {
        Write(1_000, "all of it");
        var name = Path.Combine(folder, Names()[^1]);
        var bytes = File.ReadAllBytes(name);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(name, bytes[..length]);
            Assert.Null(Find(1_000));
        }
        File.WriteAllBytes(name, bytes);
        Assert.NotNull(Find(1_000));
    }

    [Fact]
    public void One_of_other_rules_or_of_another_log_is_not_taken()
    {
        Write(1_000, "of these rules");
        Assert.Null(snapshots.Find(new LogPosition(7, 1_000), SHA256.HashData("others"u8)));
        Assert.Null(snapshots.Find(new LogPosition(8, 1_000), Rules));
        Assert.NotNull(Find(1_000));
        // Nor one that says by its name that it is of another moment.
        File.Move(Path.Combine(folder, Names()[0]), Path.Combine(folder, "00000000000000000999.snapshot"));
        Assert.Null(Find(1_000));
    }

    [Fact]
    public void What_was_left_half_written_is_deleted_and_what_is_no_snapshot_is_left_alone()
    {
        Write(1_000, "whole");
        File.WriteAllText(Path.Combine(folder, "00000000000000001001.snapshot.tmp"), "half");
        File.WriteAllText(Path.Combine(folder, "notes.snapshot"), "mine");
        Assert.Equal((1_000ul, "whole"), Find(2_000));
        Assert.Equal(["00000000000000001000.snapshot", "notes.snapshot"], Names());
    }

    [Fact]
    public void It_is_due_after_a_minute_or_a_million_events_with_an_event_at_least()
    {
        Write(1_000, "");
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(snapshots.IsDue(new LogPosition(7, 1_001)));
        Assert.False(snapshots.IsDue(new LogPosition(7, 1_000_999)));
        Assert.True(snapshots.IsDue(new LogPosition(7, 1_001_000)));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(snapshots.IsDue(new LogPosition(7, 1_001)));
        Assert.False(snapshots.IsDue(new LogPosition(7, 1_000)));
    }

    [Fact]
    public void Where_it_cannot_be_written_it_is_counted_tried_again_and_nothing_half_is_left()
    {
        Write(1_000, "before");
        Assert.False(snapshots.TryWrite(new LogPosition(7, 2_000), Rules, into =>
        {
            into.Write(new byte[1_000_000]);
            throw new IOException("No space left on device");
        }));
        Assert.Equal((1, 1), (snapshots.Written, snapshots.Failed));
        Assert.Equal(["00000000000000001000.snapshot"], Names());
        // Not with each batch.
        Assert.False(snapshots.IsDue(new LogPosition(7, 2_001)));
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(snapshots.IsDue(new LogPosition(7, 2_001)));
        // A file where the folder would be.
        Directory.Delete(folder, recursive: true);
        File.WriteAllText(folder, "");
        Write(3_000, "");
        Assert.Equal(2, snapshots.Failed);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);

    private WindowSnapshots New() => new(folder, TimeSpan.FromSeconds(60), clock, NullLogger<WindowSnapshots>.Instance);

    private void Write(ulong at, string windows) => snapshots.TryWrite(new LogPosition(7, at), Rules, into => into.Write(Encoding.UTF8.GetBytes(windows)));

    private (ulong Through, string Windows)? Find(ulong at)
    {
        using var found = New().Find(new LogPosition(7, at), Rules);
        if (found is null)
        {
            return null;
        }
        using var reader = new StreamReader(found.Windows);
        return (found.Through, reader.ReadToEnd());
    }

    private string[] Names() => [.. Directory.GetFiles(folder).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];
}
