using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Picket.Detection.Rules;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules coverage</c>: which techniques of MITRE ATT&amp;CK rules are tagged with.</summary>
internal static partial class RulesCoverage
{
    public static Command Command()
    {
        var paths = new Argument<string[]>("paths") { Description = "Files, or folders with .yml and .yaml files; without any the built-in pack", Arity = ArgumentArity.ZeroOrMore };
        var layer = new Option<string?>("--layer") { Description = "Write a layer for the ATT&CK Navigator to this file" };
        var names = new Option<string?>("--names") { Description = "A JSON file with the techniques' names: a list of objects with id and name" };
        var command = new Command(
            "coverage", "Show which techniques of MITRE ATT&CK there are rules for, by the tags attack.t1234 and attack.t1234.001.\n\nExamples:\n  picket rules coverage sigma/rules\n  picket rules coverage sigma/rules --layer layer.json")
        {
            paths, layer, names,
        };
        command.SetAction(parsed =>
        {
            var read = parsed.GetValue(paths) is { Length: > 0 } given ? RulesCommand.Read(given) : BuiltInPack.Rules;
            var techniques = read.Rules.SelectMany(rule => rule.Tags.Select(tag => (Technique: Technique().Match(tag), rule)).Where(pair => pair.Technique.Success).Select(pair => (Id: pair.Technique.Groups[1].Value.ToUpperInvariant(), pair.rule)).Distinct())
                .GroupBy(pair => pair.Id, pair => pair.rule).OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
            var known = parsed.GetValue(names) is { } file ? Names(file) : [];
            Tables.Write(
                ["technique", "rules", "worst", .. known.Count > 0 ? ["name"] : Array.Empty<string>()],
                techniques.Select(one => (string[])[one.Key, one.Count().ToString(CultureInfo.InvariantCulture), one.Max(rule => rule.Level).ToSeverity(), .. known.Count > 0 ? [known.GetValueOrDefault(one.Key, "")] : Array.Empty<string>()]));
            Console.Error.WriteLine($"Techniques with rules: {techniques.Length:N0}{(known.Count > 0 ? $" of {known.Count:N0}" : "")}; rules without a technique: {read.Rules.Count(rule => !rule.Tags.Any(tag => Technique().IsMatch(tag))):N0} of {read.Rules.Count:N0}");
            if (parsed.GetValue(layer) is { } into)
            {
                WriteLayer(into, techniques);
            }
            return RulesCommand.Tell(read.Refused);
        });
        return command;
    }

    // Version 4.5 of the Navigator's layer format.
    private static void WriteLayer(string file, IReadOnlyList<IGrouping<string, Rule>> techniques)
    {
        using var stream = File.Create(file);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("name", "Rules of Picket");
        json.WriteString("domain", "enterprise-attack");
        json.WriteStartObject("versions");
        json.WriteString("layer", "4.5");
        json.WriteEndObject();
        json.WriteStartArray("techniques");
        foreach (var technique in techniques)
        {
            json.WriteStartObject();
            json.WriteString("techniqueID", technique.Key);
            json.WriteNumber("score", technique.Count());
            json.WriteString("comment", string.Join("; ", technique.Select(rule => rule.Title).Order(StringComparer.Ordinal).Take(20)));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("gradient");
        json.WriteStartArray("colors");
        json.WriteStringValue("#ffffff");
        json.WriteStringValue("#2e86de");
        json.WriteEndArray();
        json.WriteNumber("minValue", 0);
        json.WriteNumber("maxValue", techniques.Count == 0 ? 1 : techniques.Max(technique => technique.Count()));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Dictionary<string, string> Names(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.EnumerateArray().Where(one => !Is(one, "deprecated") && !Is(one, "revoked")).ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("name").GetString()!);
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} is no list of techniques: {error.Message}");
        }
    }

    private static bool Is(JsonElement of, string name) => of.TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;

    [GeneratedRegex(@"^attack\.(t\d{4}(\.\d{3})?)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Technique();
}
