using System.CommandLine;
using System.Globalization;
using Picket.Storage;
using Picket.Storage.Inspection;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket inspect</c>: what a data folder holds, and where its bytes are.</summary>
internal static class Inspect
{
    public static Command Command()
    {
        var folder = new Argument<string>("data") { Description = "The data folder", DefaultValueFactory = _ => "data" };
        var segments = new Option<bool>("--segments") { Description = "Each segment, not only the sum" };
        var command = new Command(
            "inspect", "Show segments, fields with their encodings and sizes, and indices. Changes nothing; a server may run on the folder.\n\nExample: picket inspect data --segments") { folder, segments };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(folder)!;
            Show(InspectData.Run(path, DataFolder.LogOf(path)), parsed.GetValue(segments));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(DataReport report, bool each)
    {
        var events = report.Segments.Sum(segment => segment.Events);
        var bytes = report.Segments.Sum(segment => segment.Bytes);
        if (each)
        {
            Tables.Write(
                ["segment", "day", "level", "events", "tenants", "blocks", "bytes", "index", "headers", "cube"],
                report.Segments.OrderBy(segment => segment.Name, StringComparer.Ordinal).Select(segment => new[]
                {
                    segment.Name, segment.Day, Number(segment.Level), Number(segment.Events), Number(segment.Tenants), Number(segment.Blocks),
                    Number(segment.Bytes), Number(segment.IndexBytes), Number(segment.HeaderBytes), Number(segment.CubeBytes),
                }));
        }
        Tables.Write(
            ["field", "values", "bytes", "bytes/event", "of its text", "encodings of the blocks looked at"],
            report.Fields.Select(field => new[]
            {
                field.Name, Number(field.Values), Number(field.Bytes), PerEvent(field.Bytes, events),
                field.TextBytes == 0 ? "" : (field.Bytes / (double)field.TextBytes).ToString("P1", CultureInfo.InvariantCulture),
                string.Join(", ", field.Encodings.Select(pair => $"{pair.Encoding} {pair.Blocks}")),
            }).Concat(
            [
                Whole("index of tokens", report.Segments.Sum(segment => segment.IndexBytes), events),
                Whole("headers", report.Segments.Sum(segment => segment.HeaderBytes), events),
                Whole("directories and cubes", report.Segments.Sum(segment => segment.DirectoryBytes + segment.CubeBytes), events),
            ]));
        Console.Out.WriteLine($"{Number(events)} events in {Number(report.Segments.Count)} segments, {Number(bytes)} bytes{(events == 0 ? "" : $", {PerEvent(bytes, events)} an event")}");
        Console.Out.WriteLine($"{Number(report.LogEvents)} events still in the log alone; {Number(report.LogFiles)} log files, {Number(report.LogBytes)} bytes");
    }

    private static string[] Whole(string name, long bytes, long events) => [name, "", Number(bytes), PerEvent(bytes, events), "", ""];

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string PerEvent(long bytes, long events) => events == 0 ? "" : (bytes / (double)events).ToString("N2", CultureInfo.InvariantCulture);
}
