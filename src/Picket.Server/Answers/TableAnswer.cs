using System.IO.Pipelines;
using System.Text.Json;
using Picket.Query.Pipes;
using Picket.Server.Http;

namespace Picket.Server.Answers;

/// <summary>One JSON object: <c>{"columns":["app","count"],"rows":[["orders",7]],"is_cut":false}</c>.</summary>
internal static class TableAnswer
{
    public static void Write(Table table, PipeWriter into)
    {
        using var json = new Utf8JsonWriter(into, JsonAnswer.Options);
        json.WriteStartObject();
        json.WriteStartArray("columns");
        foreach (var column in table.Columns)
        {
            json.WriteStringValue(column);
        }
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (var row in table.Rows)
        {
            json.WriteStartArray();
            Array.ForEach(row, cell => NdjsonAnswer.WriteValue(json, cell));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("is_cut", table.IsCut);
        json.WriteEndObject();
    }
}
