using System.Text.Json;
using Picket.Events;
using Picket.Query;
using Picket.Query.Store;

namespace Picket.Server.Search;

/// <summary>How a question was understood and what answering it took, for those who ask with <c>explain</c>.</summary>
internal static class Explanation
{
    public static void Write(Utf8JsonWriter json, Filter filter, TimeRange time, ScanCounts counts)
    {
        json.WriteStartObject("explain");
        json.WriteString("filter", filter.ToString());
        if (time.From > Instant.Min)
        {
            json.WriteString("from", Instant.Format(time.From));
        }
        if (time.To < Instant.Max)
        {
            json.WriteString("to", Instant.Format(time.To));
        }
        json.WriteNumber("segments", counts.Segments);
        json.WriteNumber("segments_passed_over", counts.SegmentsPassed);
        json.WriteNumber("blocks_passed_over", counts.BlocksPassed);
        json.WriteNumber("blocks_read", counts.BlocksRead);
        json.WriteNumber("events_read", counts.EventsRead);
        json.WriteNumber("columns_decoded", counts.ColumnsDecoded);
        json.WriteNumber("bytes_decoded", counts.BytesDecoded);
        json.WriteNumber("events_known_without_reading", counts.EventsKnown);
        json.WriteEndObject();
    }
}
