using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Picket.Bench.EndToEnd;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events.Parsing;

namespace Picket.Bench.Engine;

/// <summary>
/// Folders of Sigma rules over recorded events, on one core: what loading takes, and how many events are matched in a second beyond parsing. In each round process ids, GUIDs, names of
/// files and the like are made new, so that remembered values are not all there is to it; the yardstick is parsing the same events.
/// </summary>
internal static class RulesOverEvents
{
    private const int BatchEvents = 8_192;

    public static void Run(string recordings, string[] folders)
    {
        GC.Collect();
        var (memory, start) = (GC.GetTotalMemory(true), Stopwatch.GetTimestamp());
        var read = RuleFiles.Read(folders);
        var parsed = Stopwatch.GetElapsedTime(start);
        BenchServer.Print($"memory {(GC.GetTotalMemory(true) - memory) / 1024.0 / 1024:N1} MiB");
        start = Stopwatch.GetTimestamp() - (long)(parsed.TotalSeconds * Stopwatch.Frequency);
        var set = new RuleSet(read.Rules);
        BenchServer.Print($"{read.Rules.Count:N0} rules loaded in {Stopwatch.GetElapsedTime(start).TotalSeconds:N2} s, {parsed.TotalSeconds:N2} of them reading; {read.Refused.Count} refused");
        var matcher = new RuleMatcher(set, TimeProvider.System);
        BenchServer.Print($"memory of the rules {(GC.GetTotalMemory(true) - memory) / 1024.0 / 1024:N1} MiB, {set.Bytes / 1024.0 / 1024:N1} of them indices");
        var lines = Directory.EnumerateFiles(recordings, "*.zip").Order(StringComparer.Ordinal).SelectMany(Lines).ToArray();
        for (var round = 0; round < 4; round++)
        {
            Round(matcher, [.. lines.Select(line => Encoding.UTF8.GetBytes(Fresh(line, round)))], round);
        }
        Distinct(lines);
        BenchServer.Print($"now each long value is of one event alone:");
        for (var round = 4; round < 6; round++)
        {
            Round(matcher, [.. lines.Select((line, at) => Encoding.UTF8.GetBytes(Unique(line, $"{round}-{at}")))], round);
        }
        OneByOne(set, lines);
    }

    private static void Round(RuleMatcher matcher, byte[][] lines, int round)
    {
        var (parsing, matching, matches, allocated) = (TimeSpan.Zero, TimeSpan.Zero, new List<RuleMatch>(100_000), 0L);
        var before = matcher.Counts;
        using var parser = new EventParser();
        foreach (var some in lines.Chunk(BatchEvents))
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var line in some)
            {
                parser.TryParse(line, 0);
            }
            using var batch = parser.Into.Seal();
            parsing += Stopwatch.GetElapsedTime(start);
            allocated -= GC.GetAllocatedBytesForCurrentThread();
            start = Stopwatch.GetTimestamp();
            matcher.Match(batch, matches);
            matching += Stopwatch.GetElapsedTime(start);
            allocated += GC.GetAllocatedBytesForCurrentThread();
        }
        var counts = matcher.Counts;
        BenchServer.Print(
            $"round {round}: {lines.Length:N0} events, {lines.Length / parsing.TotalSeconds:N0}/s parsed, {lines.Length / matching.TotalSeconds:N0}/s matched, {matching / parsing:N2} of parsing");
        BenchServer.Print($"  {matches.Count:N0} matches, {(counts.Candidates - before.Candidates) / (double)lines.Length:N2} candidates an event, {(double)(counts.ValuesKnown - before.ValuesKnown) / (counts.Values - before.Values):P1} of {counts.Values - before.Values:N0} distinct values of batches known before; {allocated / (double)lines.Length:N1} bytes allocated an event");
    }

    // How often values come again: within one recording of all, and with the fresh ones of the rounds.
    private static void Distinct(string[] lines)
    {
        foreach (var name in (string[])["Image", "SourceImage", "CallTrace", "TargetObject", "CommandLine", "ProcessGuid"])
        {
            var (values, once) = (new HashSet<string>(), 0);
            for (var round = 0; round < 4; round++)
            {
                foreach (var line in lines)
                {
                    var at = line.IndexOf($"\"{name}\":\"", StringComparison.Ordinal);
                    var end = at < 0 ? -1 : line.IndexOf('"', at + name.Length + 4);
                    if (end >= 0)
                    {
                        values.Add(Fresh(line[at..end], round));
                        once++;
                    }
                }
            }
            BenchServer.Print($"  {name}: {once:N0} values in four rounds, {values.Count:N0} distinct ({(double)values.Count / once:P1})");
        }
    }

    // Of each event alone how many rules were looked at, of those that are for it.
    private static void OneByOne(RuleSet set, string[] lines)
    {
        var (matcher, matches, shares) = (new RuleMatcher(set, TimeProvider.System), new List<RuleMatch>(), new List<(long, double)>());
        using var parser = new EventParser();
        foreach (var line in lines)
        {
            parser.TryParse(Encoding.UTF8.GetBytes(line), 0);
            using var batch = parser.Into.Seal();
            var before = matcher.Counts;
            matcher.Match(batch, matches);
            var looked = matcher.Counts.Candidates - before.Candidates;
            shares.Add((looked, looked / (double)Math.Max(1, matcher.Counts.Eligible - before.Eligible)));
        }
        var (counts, parts) = (shares.Select(share => share.Item1).Order().ToArray(), shares.Select(share => share.Item2).Order().ToArray());
        BenchServer.Print($"candidates: p50 {counts[counts.Length / 2]}, p95 {counts[counts.Length * 95 / 100]} ({(double)counts[counts.Length * 95 / 100] / set.Rules.Count:P2} of all rules, {parts[counts.Length * 95 / 100]:P1} of those for the event), p99 {counts[counts.Length * 99 / 100]}; {matcher.Counts.Eligible / (double)lines.Length:N0} rules are for an event");
    }

    private static IEnumerable<string> Lines(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        using var text = new StreamReader(zip.Entries.Single().Open());
        while (text.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    // A text that no other event has, at the end of each value that is long.
    private static string Unique(string line, string text)
    {
        foreach (var name in (string[])["Image", "SourceImage", "TargetImage", "ParentImage", "ImageLoaded", "CallTrace", "TargetObject", "TargetFilename", "CommandLine", "ParentCommandLine", "ScriptBlockText", "Payload", "ContextInfo", "Message"])
        {
            var at = line.IndexOf($"\"{name}\":\"", StringComparison.Ordinal);
            line = at < 0 ? line : line.Insert(at + name.Length + 4, text + ' ');
        }
        return line;
    }

    // Other digits in every run of five or more hexadecimal ones: ids, GUIDs, times, addresses of memory, names made by chance.
    private static string Fresh(string line, int round)
    {
        if (round == 0)
        {
            return line;
        }
        var made = line.ToCharArray();
        for (var i = 0; i < made.Length;)
        {
            var end = i;
            while (end < made.Length && char.IsAsciiHexDigit(made[end]))
            {
                end++;
            }
            for (var at = i; end - i >= 5 && at < end; at++)
            {
                made[at] = made[at] is >= '1' and <= '8' ? (char)('1' + ((made[at] - '1' + round) % 8)) : made[at];
            }
            i = Math.Max(end, i + 1);
        }
        return new string(made);
    }
}
