using System.Text.Json;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Server.Hosting;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>What an aggregate's body asks for beyond which events, and its answer.</summary>
internal static class AggregateBody
{
    private static readonly Dictionary<string, (MetricOperator Operator, double Percent)> Operators = new()
    {
        ["count"] = (MetricOperator.Count, 0),
        ["sum"] = (MetricOperator.Sum, 0),
        ["avg"] = (MetricOperator.Average, 0),
        ["min"] = (MetricOperator.Minimum, 0),
        ["max"] = (MetricOperator.Maximum, 0),
        ["p50"] = (MetricOperator.Percentile, 50),
        ["p95"] = (MetricOperator.Percentile, 95),
        ["p99"] = (MetricOperator.Percentile, 99),
        ["count_distinct"] = (MetricOperator.Distinct, 0),
    };

    /// <exception cref="RequestException">A member is wrong, or there is neither group nor interval.</exception>
    public static Aggregation Read(SearchBody asked)
    {
        var groups = ReadGroups(asked.Root);
        var interval = 0L;
        if (asked.Text("interval") is { } text)
        {
            interval = Settings.TryDuration(text, out var span) && span >= TimeSpan.FromSeconds(1)
                ? span.Ticks * 100
                : throw RequestException.BadParameter("interval", $"must be a duration of a second or more, such as 5m or 1h; it is {text}");
        }
        if (groups.Count == 0 && interval == 0)
        {
            throw RequestException.BadParameter("group_by", "or interval is required, or both");
        }
        var top = 0;
        if (asked.Text("top") is { } most && (!int.TryParse(most, out top) || top < 1))
        {
            throw RequestException.BadParameter("top", $"must be a whole number, 1 or more; it is {most}");
        }
        return new Aggregation(groups, interval, [ReadMetric(asked.Root)], top);
    }

    /// <summary>With an interval, buckets of time that hold those of the groups; else those of the groups.</summary>
    public static void Write(Utf8JsonWriter json, Aggregation aggregation, AggregateTable table)
    {
        json.WriteStartArray("buckets");
        if (aggregation.Interval == 0 || aggregation.GroupBy.Count == 0)
        {
            foreach (var row in table.Rows)
            {
                WriteRow(json, aggregation, row);
            }
        }
        else
        {
            foreach (var bucket in table.Rows.GroupBy(row => row.From).OrderBy(bucket => bucket.Key))
            {
                json.WriteStartObject();
                json.WriteString("from", Instant.Format(bucket.Key));
                json.WriteNumber("count", bucket.Sum(row => row.Count));
                json.WriteStartArray("buckets");
                foreach (var row in bucket)
                {
                    WriteRow(json, aggregation with { Interval = 0 }, row);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter json, Aggregation aggregation, AggregateRow row)
    {
        json.WriteStartObject();
        if (aggregation.GroupBy.Count == 1)
        {
            json.WriteString("key", row.Key[0].Text);
        }
        else if (aggregation.GroupBy.Count > 1)
        {
            json.WriteStartArray("key");
            foreach (var part in row.Key)
            {
                json.WriteStringValue(part.Text);
            }
            json.WriteEndArray();
        }
        if (aggregation.Interval > 0)
        {
            json.WriteString("from", Instant.Format(row.From));
        }
        json.WriteNumber("count", row.Count);
        json.WritePropertyName("value");
        if (double.IsFinite(row.Values[0]))
        {
            json.WriteNumberValue(row.Values[0]);
        }
        else
        {
            json.WriteNullValue();
        }
        json.WriteEndObject();
    }

    private static List<Field> ReadGroups(JsonElement root)
    {
        if (!root.TryGetProperty("group_by", out var by) || by.ValueKind == JsonValueKind.Null)
        {
            return [];
        }
        if (by.ValueKind == JsonValueKind.String)
        {
            return [EventSchema.Resolve(by.GetString()!)];
        }
        return by.ValueKind == JsonValueKind.Array && by.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String) && by.GetArrayLength() <= 8
            ? [.. by.EnumerateArray().Select(name => EventSchema.Resolve(name.GetString()!))]
            : throw RequestException.BadParameter("group_by", "must be a field's name, or a list of up to 8");
    }

    private static Metric ReadMetric(JsonElement root)
    {
        if (!root.TryGetProperty("metric", out var metric) || metric.ValueKind == JsonValueKind.Null)
        {
            return Metric.Count;
        }
        var asked = metric.ValueKind == JsonValueKind.Object ? new SearchBody(metric) : throw RequestException.BadParameter("metric", "must be an object with op and field");
        var name = asked.Text("op") ?? "count";
        if (!Operators.TryGetValue(name, out var op))
        {
            throw RequestException.BadParameter("metric.op", $"must be one of {string.Join(", ", Operators.Keys)}; it is {name}");
        }
        var field = asked.Text("field");
        if (field is null && op.Operator != MetricOperator.Count)
        {
            throw RequestException.BadParameter("metric.field", $"is required for {name}");
        }
        return new Metric(op.Operator, field is null ? null : EventSchema.Resolve(field), op.Percent);
    }
}
