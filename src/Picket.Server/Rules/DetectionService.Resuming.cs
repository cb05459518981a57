using Picket.Detection.Windows;
using Picket.Events;

namespace Picket.Server.Rules;

// Where a start goes on, and what is written down for the next one.
public sealed partial class DetectionService
{
    // A new detector begins with what comes, not with what is stored.
    private async Task<LogPosition> BeginAsync(CancellationToken cancellation)
    {
        var durable = log.Durable;
        if (await cursors.FindAsync(Reader, cancellation) is { } cursor && cursor.Log == durable.Log)
        {
            Volatile.Write(ref through, (long)cursor.Seq);
            return cursor;
        }
        await cursors.SetAsync(Reader, durable, cancellation);
        Volatile.Write(ref through, (long)durable.Seq);
        return durable;
    }

    // From what was written down of windows and what came since; where there is nothing they are read back.
    private async Task ResumeAsync(CancellationToken stopping)
    {
        var begun = time.GetTimestamp();
        // What the log lost in a power cut, where it is not forced to the disk, is not waited for.
        var through = Math.Min(at.Seq, log.Durable.Seq);
        using var snapshot = snapshots.Find(at with { Seq = through }, live!.Digest);
        log.KeepBehind(snapshot?.Through ?? at.Seq);
        book.Load(await alerts.StandingAsync(snapshot?.Through ?? at.Seq, stopping));
        try
        {
            var saved = snapshot is null ? null : new SavedWindows(snapshot.Windows, snapshot.Through, log.ReadAsync(at with { Seq = snapshot.Through }, through, stopping).Select(entry => entry.Batch));
            await detector.ResumeAsync(await written.SettledAsync(stopping), at.Seq, saved, stopping);
            Log.Resumed(logger, at.Seq, detector.Groups, detector.WindowEvents, time.GetElapsedTime(begun).TotalSeconds);
        }
        catch (Exception) when (snapshot is not null && !stopping.IsCancellationRequested)
        {
            // What is begun again must not end here again.
            snapshots.Discard(snapshot);
            throw;
        }
    }

    // Of a rule that is set aside windows lack what it did not look at.
    private async Task SaveWindowsAsync(bool isLast)
    {
        if (setAside.Count == 0 && (snapshots.IsDue(at) || (isLast && snapshots.IsBehind(at))))
        {
            await WriteAsync(CancellationToken.None);
            if (snapshots.TryWrite(at, live!.Digest, detector.Save))
            {
                log.KeepBehind(at.Seq);
            }
        }
    }
}
