using System.IO.Compression;
using System.Text;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>Recorded events, as files have them.</summary>
internal static class RecordedEvents
{
    /// <summary>The recorded attacks; none where they are not beside this checkout.</summary>
    public static IReadOnlyList<string> Recordings() => SharedData.Find("otrf_security_datasets") is { } folder ? [.. Directory.EnumerateFiles(folder, "*.zip").Order(StringComparer.Ordinal)] : [];

    /// <summary>The events of a recorded attack, some at a time; the caller's to dispose.</summary>
    public static IEnumerable<EventBatch> Batches(string path)
    {
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        foreach (var some in Lines(path).Chunk(4_096))
        {
            foreach (var (_, json) in some)
            {
                Assert.True(parser.TryParse(json, 0));
            }
            yield return parser.Into.Seal();
        }
    }

    /// <summary>One object, an array, or several objects one after the other.</summary>
    public static List<(int, byte[])> Values(byte[] json)
    {
        var values = new List<(int, byte[])>();
        var scan = new JsonScan(json);
        for (var at = scan.SkipSpace(0); at < json.Length; at = scan.SkipSpace(at))
        {
            var end = scan.Value(at);
            Assert.True(end > at);
            if (json[at] == '[')
            {
                foreach (var item in new JsonItems(json, at))
                {
                    values.Add((values.Count + 1, item.ToArray()));
                }
            }
            else
            {
                values.Add((values.Count + 1, json[at..end]));
            }
            at = end;
        }
        return values;
    }

    public static List<(int, byte[])> Lines(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        using var text = new StreamReader(zip.Entries.Single().Open());
        var lines = new List<(int, byte[])>();
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.Length > 0)
            {
                lines.Add((number, Encoding.UTF8.GetBytes(line)));
            }
        }
        return lines;
    }
}
