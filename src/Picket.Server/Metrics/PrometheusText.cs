using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Picket.Server.Metrics;

/// <summary>
/// Listens to the product's instruments and the runtime's and writes them in Prometheus' text format, version 0.0.4 (the exporters of OpenTelemetry are not to be
/// had here). Counters get <c>_total</c>, seconds <c>_seconds</c>; histograms the bounds below. Thread-safe.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> series = [];
    private readonly MeterListener listener = new();

    /// <param name="factory">That made the meters to listen to: another server in this process has another.</param>
    public PrometheusText(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if ((ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Meter.Name.StartsWith("Picket.", StringComparison.Ordinal)) || instrument.Meter.Name == "System.Runtime")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
    }

    private sealed class Series
    {
        public double Value { get; set; }
        public long Count { get; set; }
        public long[] Buckets { get; } = new long[Bounds.Length];
    }

    public string Write()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var group in series.GroupBy(pair => pair.Key.Instrument).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            var (instrument, name) = (group.Key, NameOf(group.Key));
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {TypeOf(instrument)}\n");
            foreach (var ((_, labels), values) in group.OrderBy(pair => pair.Key.Labels, StringComparer.Ordinal))
            {
                lock (values)
                {
                    Append(text, name, labels, values, IsHistogram(instrument));
                }
            }
        }
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private static void Append(StringBuilder text, string name, string labels, Series values, bool histogram)
    {
        if (!histogram)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {values.Value}\n");
            return;
        }
        var comma = labels.Length > 0 ? "," : "";
        for (var i = 0; i < Bounds.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"{Bounds[i]}\"}} {values.Buckets[i]}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {values.Count}\n{name}_sum {values.Value}\n{name}_count {values.Count}\n");
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = "";
        foreach (var tag in tags)
        {
            labels += $"{(labels.Length > 0 ? "," : "")}{tag.Key}=\"{tag.Value}\"";
        }
        var values = series.GetOrAdd((instrument, labels), _ => new Series());
        lock (values)
        {
            if (instrument.IsObservable)
            {
                values.Value = value;
                return;
            }
            values.Value += value;
            values.Count++;
            for (var i = 0; i < Bounds.Length && IsHistogram(instrument); i++)
            {
                values.Buckets[i] += value <= Bounds[i] ? 1 : 0;
            }
        }
    }

    private static bool IsHistogram(Instrument instrument) => instrument is Histogram<double>;

    private static string NameOf(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument.Name.Replace('.', '_') + unit + (TypeOf(instrument) == "counter" ? "_total" : "");
    }

    private static string TypeOf(Instrument instrument) =>
        IsHistogram(instrument) ? "histogram" : instrument is Counter<long> or ObservableCounter<long> ? "counter" : "gauge";
}
