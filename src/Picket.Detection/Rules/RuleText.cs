using System.Buffers;
using System.Text;
using System.Text.Json;
using Picket.Detection.Yaml;

namespace Picket.Detection.Rules;

/// <summary>Changes the text of a rule.</summary>
public static class RuleText
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The members of a rule, YAML or JSON, with some of them taken from another text; as JSON. One that is <c>null</c> there goes.</summary>
    /// <param name="text">A text that was taken before.</param>
    /// <param name="changes">A map.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static string Merge(string text, string changes)
    {
        var (before, after) = (Map(text), Map(changes));
        var members = before.Members.Where(member => after[member.Name.Text] is null).Concat(after.Members.Where(member => member.Value is not YamlText { IsNull: true }));
        var into = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(into, Options))
        {
            YamlJson.Write(json, before with { Members = [.. members] });
        }
        return Encoding.UTF8.GetString(into.WrittenSpan);
    }

    /// <summary>The names of a map's members.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IReadOnlyList<string> Members(string text) => [.. Map(text).Members.Select(member => member.Name.Text)];

    private static YamlMap Map(string text)
    {
        try
        {
            return YamlReader.Read(text) is [YamlMap map] ? map : throw new FormatException("a JSON object was expected, with what is to change");
        }
        catch (RuleException error)
        {
            throw new FormatException($"line {error.Line}, column {error.Column}: {error.Message}");
        }
    }
}
