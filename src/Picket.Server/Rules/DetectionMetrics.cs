using System.Diagnostics.Metrics;

namespace Picket.Server.Rules;

/// <summary>What the detector does, read when asked.</summary>
public sealed class DetectionMetrics
{
    public DetectionMetrics(IMeterFactory meters, Detector detector)
    {
        var meter = meters.Create("Picket.Detection");
        meter.CreateObservableGauge("picket.detection.lag", () => detector.Behind, "{event}", "Events that are stored and that rules have not looked at yet");
        meter.CreateObservableGauge("picket.detection.rules", () => detector.Active, "{rule}", "Rules that are run, of all tenants together");
        meter.CreateObservableGauge("picket.detection.rules.set_aside", () => detector.SetAside, "{rule}", "Rules that are not run any more because they failed or took too long");
        meter.CreateObservableCounter("picket.detection.events", () => detector.Counts.Events, "{event}", "Events that rules were run over");
        meter.CreateObservableCounter("picket.detection.candidates", () => detector.Counts.Candidates, "{candidate}", "How often the indices did not rule a rule out for an event");
        meter.CreateObservableCounter("picket.detection.matches", () => detector.Counts.Matches, "{match}", "How often a rule matched an event");
        meter.CreateObservableCounter("picket.detection.failures", () => detector.Failures, "{failure}", "How often running rules failed and was begun again");
    }
}
