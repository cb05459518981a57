using Picket.Detection.Sigma;

namespace Picket.Detection.Rules;

/// <summary>Rules of files and folders.</summary>
/// <param name="Rules">Those taken, in the order of their files' names.</param>
/// <param name="Refused">What was not, with the reason.</param>
public sealed record RuleFiles(IReadOnlyList<Rule> Rules, IReadOnlyList<RefusedRule> Refused)
{
    /// <param name="paths">Files, or folders whose <c>.yml</c> and <c>.yaml</c> files are read at any depth.</param>
    /// <exception cref="IOException">There is no such file or folder, or it cannot be read.</exception>
    public static RuleFiles Read(IEnumerable<string> paths)
    {
        var (rules, refused) = (new List<Rule>(), new List<RefusedRule>());
        foreach (var file in paths.SelectMany(Files))
        {
            SigmaFile.Read(File.ReadAllText(file), file, rules, refused);
        }
        return new RuleFiles(rules, refused);
    }

    private static IEnumerable<string> Files(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".yml" or ".yaml").Order(StringComparer.Ordinal)
        : [path];
}
