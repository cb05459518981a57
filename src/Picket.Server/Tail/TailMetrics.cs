using System.Diagnostics.Metrics;

namespace Picket.Server.Tail;

/// <summary>Who listens, read when asked.</summary>
public sealed class TailMetrics
{
    public TailMetrics(IMeterFactory meters, TailHub hub)
    {
        var meter = meters.Create("Picket.Search");
        meter.CreateObservableGauge("picket.tail.open", () => hub.Open, "{tail}", "Tails that are open");
        meter.CreateObservableGauge("picket.tail.waiting", () => hub.WaitingBytes, "By", "Events that wait for the readers of tails");
        meter.CreateObservableCounter("picket.tail.events", () => hub.Sent, "{event}", "Events sent to tails");
        meter.CreateObservableCounter("picket.tail.missed", () => hub.Missed, "{event}", "Events that slow readers of tails missed");
    }
}
