using System.Diagnostics;
using System.Text.Json;
using Picket.Events.Parsing;

namespace Picket.Bench.Yardsticks;

/// <summary>Events a second on one core: the base library's reader over every line and nothing else, and our parser into columns, in turns.</summary>
internal static class ParseYardstick
{
    private const int ChunkBytes = 4 * 1024 * 1024;

    public static void Run(string file, int rounds)
    {
        var text = File.ReadAllBytes(file);
        var lines = text.AsSpan().Count((byte)'\n');
        using var parser = new EventParser { ReceivedAt = 1_800_000_000_000_000_000 };
        var (read, parsed) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            ReadOnly(text);
            read.Add(lines / Stopwatch.GetElapsedTime(start).TotalSeconds);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            start = Stopwatch.GetTimestamp();
            Parse(parser, text);
            parsed.Add(lines / Stopwatch.GetElapsedTime(start).TotalSeconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Console.WriteLine($"round {round}: reader {read[^1]:N0}/s, parser {parsed[^1]:N0}/s, {(double)allocated / lines:N2} bytes allocated an event");
        }
        read.Sort();
        parsed.Sort();
        Console.WriteLine($"median: Utf8JsonReader {read[rounds / 2]:N0} events/s, parse to columns {parsed[rounds / 2]:N0} events/s, ratio {parsed[rounds / 2] / read[rounds / 2]:N2}");
    }

    private static void ReadOnly(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
            }
        }
    }

    private static void Parse(EventParser parser, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            text = text[parser.ParseLines(text, final: true, ChunkBytes)..];
            parser.Into.Seal().Dispose();
        }
    }
}
