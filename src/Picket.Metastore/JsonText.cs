using System.Text.Json.Nodes;

namespace Picket.Metastore;

/// <summary>Names and values as a JSON object of texts.</summary>
internal static class JsonText
{
    public static string Of(IEnumerable<(string Name, string Value)> pairs)
    {
        var members = new JsonObject();
        foreach (var (name, value) in pairs)
        {
            members[name] = value;
        }
        return members.ToJsonString();
    }

    public static Dictionary<string, string> Read(string json) => JsonNode.Parse(json)!.AsObject().ToDictionary(pair => pair.Key, pair => (string)pair.Value!);
}
