using System.Runtime.InteropServices;
using Picket.Detection.Windows;
using Picket.Events.Batches;

namespace Picket.Detection;

// Rules that say when nothing comes any more.
public sealed partial class Detector
{
    /// <summary>Groups that rules wait for.</summary>
    public int WatchedGroups => absence.Count;

    /// <summary>Events of groups that there was no room to wait for.</summary>
    public long Unwatched => absence.Refused;

    /// <summary>Whether there are rules that wait for events.</summary>
    public bool IsWatching => triggers.Watching.Count > 0;

    /// <summary>Whether <see cref="TakeWatched"/> must be written down with how far the log was read: a start that does not know of a new group would never miss it, and one that does not know
    /// what was told would tell it again.</summary>
    public bool MustWriteWatched => absence.MustBeWritten;

    /// <summary>Groups that had events, or of which was told, since this was asked last: to be written down now and then.</summary>
    public IReadOnlyCollection<Watched> TakeWatched()
    {
        var changes = absence.Changes;
        absence.Written();
        return changes;
    }

    /// <summary>Goes on from what was written down.</summary>
    /// <param name="away">For how long nobody looked, ns: that counts for nobody.</param>
    public void ResumeWatched(IEnumerable<Watched> watched, long away) =>
        absence.Resume(watched, (tenant, rule) => triggers.Watching.FirstOrDefault(trigger => trigger.Rule.Id == rule && isRun(tenant, trigger)), away);

    /// <summary>Raises alerts of those of whom too little came. </summary>
    /// <param name="now">Whatever was received by then was looked at; ns since 1970.</param>
    public void LookForAbsent(long now) => absence.Look(now, isRun);

    // Of a rule's events all at once: mostly they are all there are.
    private void Watch(EventBatch batch, uint log)
    {
        foreach (var trigger in triggers.Watching)
        {
            watchedRows.Clear();
            foreach (var (_, place, row) in matches)
            {
                if (place == trigger.Place && TimeOf(batch.Times[row], batch.Received[row]) >= CountsFrom && !excepted.Has(trigger, batch[row]))
                {
                    watchedRows.Add(row);
                }
            }
            absence.Saw(trigger, batch, CollectionsMarshal.AsSpan(watchedRows), log);
        }
    }
}
