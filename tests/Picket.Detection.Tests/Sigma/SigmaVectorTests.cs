using System.Text.Json;
using Picket.Detection.Sigma;
using Picket.Detection.Yaml;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>What an independent parser makes of the conditions and modifiers of published rules.</summary>
public sealed class SigmaVectorTests
{
    private static readonly YamlText Here = new("", false, 1, 1);

    [Fact]
    public void Conditions_hold_for_the_same_combinations_of_their_parts()
    {
        var tables = Read("condition_truth_tables_pysigma.json");
        foreach (var table in tables)
        {
            var names = table.GetProperty("names").EnumerateArray().Select(name => name.GetString()!).ToArray();
            var condition = SigmaCondition.Parse(table.GetProperty("condition").GetString()!, names, Here);
            var truth = Enumerable.Range(0, 1 << names.Length).Select(bits => Holds(condition, name => ((bits >> (names.Length - 1 - Array.IndexOf(names, name))) & 1) == 1) ? '1' : '0');
            Assert.Equal(table.GetProperty("truth").GetString(), string.Concat(truth));
        }
        Assert.Equal(182, tables.Length);
    }

    [Fact]
    public void Modifiers_make_the_same_values()
    {
        var vectors = Read("modifier_vectors_pysigma.json");
        foreach (var vector in vectors)
        {
            var modifiers = vector.GetProperty("modifiers").EnumerateArray().Select(name => name.GetString()!).Where(name => name != "cidr");
            var made = vector.GetProperty("original").EnumerateArray().SelectMany(value => SigmaModifiers.Apply(SigmaPattern.Parse(value.GetString()!), modifiers)).Select(pattern => pattern.ToString());
            Assert.Equal(vector.GetProperty("expanded").EnumerateArray().Select(value => value.GetString()!), made);
        }
        Assert.Equal(68, vectors.Length);
    }

    private static bool Holds(SigmaCondition condition, Func<string, bool> part) => condition switch
    {
        SigmaCondition.And and => and.Parts.All(inner => Holds(inner, part)),
        SigmaCondition.Or or => or.Parts.Any(inner => Holds(inner, part)),
        SigmaCondition.Not not => !Holds(not.Inner, part),
        SigmaCondition.Named named => part(named.Name),
        _ => throw new InvalidOperationException(),
    };

    private static JsonElement[] Read(string file)
    {
        var path = SharedData.Find("sigma", file);
        Assert.SkipWhen(path is null, "The recorded Sigma data is not beside this checkout.");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.EnumerateArray().Select(element => element.Clone())];
    }
}
