using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Picket.House.Tests;

/// <summary>The rooms refer to each other as drawn, and nothing else.</summary>
public sealed partial class ArrowTests
{
    private static readonly Dictionary<string, string[]> Drawn = new()
    {
        ["Picket.Events"] = [],
        ["Picket.Query"] = ["Picket.Events"],
        ["Picket.Storage"] = ["Picket.Events", "Picket.Query"],
        ["Picket.Detection"] = ["Picket.Events", "Picket.Query"],
        ["Picket.Metastore"] = ["Picket.Detection", "Picket.Events"],
        ["Picket.Server"] = ["Picket.Detection", "Picket.Events", "Picket.Metastore", "Picket.Query", "Picket.Storage"],
        ["Picket"] = ["Picket.Detection", "Picket.Events", "Picket.Metastore", "Picket.Query", "Picket.Server", "Picket.Storage"],
    };

    // Folders of Storage: who may name whom. Only files at the top see all.
    private static readonly Dictionary<string, string[]> DrawnInStorage = new()
    {
        ["Files"] = [],
        ["Cache"] = [],
        ["Encodings"] = ["Files"],
        ["Index"] = ["Files"],
        ["Segments"] = ["Files", "Cache", "Encodings", "Index"],
        ["Log"] = ["Files"],
        ["Manifest"] = ["Files", "Log"],
        ["Memory"] = ["Files", "Log", "Segments"],
        ["Merging"] = ["Files", "Index", "Segments"],
        ["Scan"] = ["Cache", "Memory", "Segments"],
        ["Inspection"] = ["Cache", "Encodings", "Files", "Log", "Manifest", "Segments"],
    };

    [Fact]
    public void Projects_refer_to_each_other_as_drawn()
    {
        var found = Directory.GetFiles(Path.Combine(Testing.SharedData.Repository, "src"), "*.csproj", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            file => XDocument.Load(file).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Order().ToArray());
        Assert.Equal(Drawn.Keys.Order(), found.Keys.Order());
        Assert.All(Drawn, room => Assert.Equal(room.Value, found[room.Key]));
    }

    [Fact]
    public void Folders_of_the_engine_refer_to_each_other_as_drawn()
    {
        var root = Path.Combine(Testing.SharedData.Repository, "src", "Picket.Storage");
        foreach (var (folder, allowed) in DrawnInStorage)
        {
            foreach (var file in Directory.GetFiles(Path.Combine(root, folder), "*.cs"))
            {
                var named = UsingLine().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).Where(name => name != folder);
                Assert.True(named.All(allowed.Contains), $"{folder}/{Path.GetFileName(file)} uses {string.Join(", ", named.Except(allowed))}");
            }
        }
    }

    [Fact]
    public void Files_are_of_one_concept()
    {
        var lengths = Directory.GetFiles(Path.Combine(Testing.SharedData.Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(file => (Lines: File.ReadLines(file).Count(), file)).OrderBy(pair => pair.Lines).ToArray();
        Assert.True(lengths[^1].Lines <= 600, $"{lengths[^1].file} has {lengths[^1].Lines} lines");
        Assert.True(lengths[lengths.Length / 2].Lines <= 60, $"the median is {lengths[lengths.Length / 2].Lines} lines");
    }

    [GeneratedRegex(@"^using Picket\.Storage\.(\w+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
