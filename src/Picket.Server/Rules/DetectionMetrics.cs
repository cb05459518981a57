using System.Diagnostics.Metrics;

namespace Picket.Server.Rules;

/// <summary>What the detector does, read when asked.</summary>
public sealed class DetectionMetrics
{
    public DetectionMetrics(IMeterFactory meters, DetectionService detector, ScheduleService schedules, WindowSnapshots snapshots)
    {
        var meter = meters.Create("Picket.Detection");
        meter.CreateObservableGauge("picket.detection.lag", () => detector.Behind, "{event}", "Events that are stored and that rules have not looked at yet");
        meter.CreateObservableGauge("picket.detection.rules", () => detector.Active, "{rule}", "Rules that are run, of all tenants together");
        meter.CreateObservableGauge("picket.detection.rules.set_aside", () => detector.SetAside, "{rule}", "Rules that are not run any more because they failed or took too long");
        meter.CreateObservableCounter("picket.detection.events", () => detector.Counts.Events, "{event}", "Events that rules were run over");
        meter.CreateObservableCounter("picket.detection.candidates", () => detector.Counts.Candidates, "{candidate}", "How often the indices did not rule a rule out for an event");
        meter.CreateObservableCounter("picket.detection.matches", () => detector.Counts.Matches, "{match}", "How often a rule matched an event");
        meter.CreateObservableCounter("picket.detection.alerts", () => detector.Raised, "{alert}", "Alerts raised");
        meter.CreateObservableGauge("picket.detection.groups", () => detector.Detector.Groups, "{group}", "Groups that windows have in memory; 100,000 at most");
        meter.CreateObservableGauge("picket.detection.groups.events", () => detector.Detector.WindowEvents, "{event}", "Events that windows have in memory; 500,000 at most");
        meter.CreateObservableCounter("picket.detection.groups.evicted", () => detector.Detector.Evicted, "{group}", "Groups that fell out of memory, to be read back from the store when their rule may hold");
        meter.CreateObservableCounter("picket.detection.groups.lost", () => detector.Detector.Lost, "{group}", "Groups that there was no room for though they waited for further events: their alerts may be missing");
        meter.CreateObservableCounter("picket.detection.groups.cut", () => detector.Detector.Cuts, "{group}", "How often a group had more than 50,000 events in memory, so that the older half was forgotten");
        meter.CreateObservableCounter("picket.detection.groups.recalls", () => detector.Detector.Recalls, "{read}", "How often stored events were read back for windows");
        meter.CreateObservableCounter("picket.detection.ungrouped", () => detector.Detector.Ungrouped, "{event}", "Events that belonged to no group, for a value by which their rule groups was missing");
        meter.CreateObservableGauge("picket.detection.watched", () => detector.Detector.WatchedGroups, "{group}", "Groups that rules with absence wait for; 50,000 at most");
        meter.CreateObservableCounter("picket.detection.watched.refused", () => detector.Detector.Unwatched, "{event}", "Events of groups that there was no room to wait for");
        meter.CreateObservableGauge("picket.detection.values", () => detector.Detector.KnownValues, "{value}", "Values in memory that rules which look for new ones know to have been seen; 200,000 at most");
        meter.CreateObservableCounter("picket.detection.values.asked", () => detector.Detector.Asked, "{value}", "How often the store was asked whether a value is new");
        meter.CreateObservableCounter("picket.detection.values.forgotten", () => detector.Detector.Forgotten, "{value}", "Values that fell out of memory, to be asked of the store again");
        meter.CreateObservableGauge("picket.detection.lateness", () => detector.Lateness.Quantile(0.999), "s", "How long after they happened 99.9 % of the last million events had arrived at most, to the next power of two of milliseconds: where it is more than detection.lateness, windows that wait for events do without some");
        meter.CreateObservableCounter("picket.detection.sources.shared", () => detector.Detector.SharedSources, "{event}", "Events of sources beyond the 10,000 of a tenant whose lateness is told apart");
        meter.CreateObservableCounter("picket.detection.clock_skew", () => detector.Lateness.Ahead, "{event}", "Events whose senders' clocks were more than five minutes ahead, so that rules take them to have happened when they arrived");
        meter.CreateObservableCounter("picket.detection.schedule.rounds", () => schedules.Rounds, "{round}", "How often it was looked whether a scheduled rule is due, which is each second: where it stands still, none is run");
        meter.CreateObservableCounter("picket.detection.schedule.looks", () => schedules.Looks, "{look}", "How often a scheduled rule was looked at");
        meter.CreateObservableCounter("picket.detection.schedule.missed", () => schedules.Missed, "{moment}", "Moments at which a scheduled rule was not looked at: more than 1,000 while nothing ran, or it took longer than two minutes");
        meter.CreateObservableCounter("picket.detection.schedule.refused", () => schedules.Refused, "{event}", "Events that did not count for a scheduled rule: there was no room for their groups, of which 100,000 are counted at a time, or for their distinct values, of which 1,000,000 are");
        meter.CreateObservableCounter("picket.detection.snapshots", () => snapshots.Written, "{snapshot}", "How often what windows have in memory was written down");
        meter.CreateObservableCounter("picket.detection.snapshots.failed", () => snapshots.Failed, "{snapshot}", "How often that failed: a start reads the more back from what is stored");
        meter.CreateObservableGauge("picket.detection.snapshots.size", () => snapshots.Bytes, "By", "What the last one takes on disk, where two are kept");
        meter.CreateObservableCounter("picket.detection.failures", () => detector.Failures, "{failure}", "How often running rules failed and was begun again");
    }
}
