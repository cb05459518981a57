using System.Buffers;
using System.Text.Json;
using Picket.Detection;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Offline;

namespace Picket.Commands.Rules;

/// <summary>The alerts that rules raise over recorded events: what a server raises when they come, and nobody closes one.</summary>
internal sealed class RecordedAlerts
{
    private readonly AlertBook book = new();
    private readonly Detector detector;
    private readonly List<(ulong First, string File, string? Entry, IReadOnlyList<int> Lines)> parts = [];
    private ulong seq = 1;

    public RecordedAlerts(RuleSet rules, RuleMatcher matcher)
    {
        detector = new Detector(book, isRecorded: true);
        detector.Use(rules, matcher, TimeProvider.System);
    }

    public async ValueTask LookAsync(string file, EventEntries.Part part, CancellationToken cancellation)
    {
        // The events' place in all files is their number.
        ((PackedBatch)part.Batch.Source).AssignSeqs(seq);
        parts.Add((seq, file, part.Entry, part.Lines));
        seq += (ulong)part.Batch.Count;
        await detector.LookAsync(part.Batch, 1, cancellation);
    }

    /// <summary>Writes an object an alert, in the order in which their rules held first.</summary>
    public async ValueTask WriteAsync(Stream into, CancellationToken cancellation)
    {
        await detector.EndAsync(cancellation);
        if (detector.Evicted + detector.RefusedByScheduled > 0)
        {
            Console.Error.WriteLine("There was no room for all windows at once: alerts of long windows may be missing, or count too few. Give files in the order of time, or fewer of them.");
        }
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var alert in book.Changes.OrderBy(alert => alert.FiredAt).ThenBy(alert => alert.Fingerprint, StringComparer.Ordinal))
        {
            buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(buffer))
            {
                Write(json, alert);
            }
            into.Write(buffer.WrittenSpan);
            into.WriteByte((byte)'\n');
        }
    }

    private void Write(Utf8JsonWriter json, AlertChange alert)
    {
        json.WriteStartObject();
        json.WriteString("rule_id", alert.Rule.Id);
        json.WriteString("title", alert.Rule.Title);
        json.WriteString("level", alert.Rule.Level.ToSigma());
        json.WriteString("fingerprint", alert.Fingerprint);
        json.WriteStartObject("group");
        foreach (var (name, value) in alert.Group)
        {
            json.WriteString(name, value);
        }
        json.WriteEndObject();
        json.WriteNumber("count", alert.Count);
        json.WriteString("first_seen", Instant.Format(alert.FirstSeen));
        json.WriteString("last_seen", Instant.Format(alert.LastSeen));
        var place = parts.FindLastIndex(part => part.First <= alert.FiredAt);
        var (first, file, entry, lines) = parts[place];
        json.WriteString("file", file);
        if (entry is not null)
        {
            json.WriteString("entry", entry);
        }
        json.WriteNumber("fired_at_line", lines[(int)(alert.FiredAt - first)]);
        json.WriteEndObject();
    }
}
