using System.Text.Json;
using System.Text.RegularExpressions;

namespace Picket.Detection.Yaml;

/// <summary>Writes what YAML says as JSON: by the core schema of YAML 1.2, so that only what stands without quotes is a number, a truth value or nothing.</summary>
internal static partial class YamlJson
{
    public static void Write(Utf8JsonWriter json, YamlNode node)
    {
        switch (node)
        {
            case YamlMap map:
                json.WriteStartObject();
                foreach (var (name, value) in map.Members)
                {
                    json.WritePropertyName(name.Text);
                    Write(json, value);
                }
                json.WriteEndObject();
                break;
            case YamlList list:
                json.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(json, item);
                }
                json.WriteEndArray();
                break;
            case YamlText { IsNull: true }:
                json.WriteNullValue();
                break;
            case YamlText { IsPlain: true, Text: "true" or "false" } truth:
                json.WriteBooleanValue(truth.Text == "true");
                break;
            case YamlText { IsPlain: true } number when Number().IsMatch(number.Text):
                json.WriteRawValue(number.Text);
                break;
            case YamlText text:
                json.WriteStringValue(text.Text);
                break;
        }
    }

    [GeneratedRegex("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
