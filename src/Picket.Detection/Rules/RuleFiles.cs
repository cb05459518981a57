using Picket.Detection.Sigma;

namespace Picket.Detection.Rules;

/// <summary>Rules of files and folders, with the filters that are among them applied.</summary>
/// <param name="Rules">Those taken, in the order of their files' names.</param>
/// <param name="Refused">What was not, with the reason.</param>
/// <param name="Warnings">What their authors may not have meant.</param>
public sealed record RuleFiles(IReadOnlyList<Rule> Rules, IReadOnlyList<RuleFinding> Refused, IReadOnlyList<RuleFinding> Warnings)
{
    /// <param name="paths">Files, or folders whose <c>.yml</c> and <c>.yaml</c> files are read at any depth.</param>
    /// <exception cref="IOException">There is no such file or folder, or it cannot be read.</exception>
    public static RuleFiles Read(IEnumerable<string> paths) => Read([.. paths.SelectMany(Files).Select(file => (file, File.ReadAllText(file)))]);

    /// <param name="files">Paths, for messages, and texts.</param>
    public static RuleFiles Read(IReadOnlyList<(string File, string Text)> files) => Of(files.AsParallel().AsOrdered().Select(file => SigmaFile.Read(file.Text, file.File)));

    private static RuleFiles Of(IEnumerable<SigmaFile> read)
    {
        var files = read.ToArray();
        var filters = files.SelectMany(file => file.Filters).ToArray();
        return new RuleFiles(
            [.. files.SelectMany(file => file.Rules).Select(rule => filters.Aggregate(rule, (filtered, filter) => filter.ApplyTo(filtered)))],
            [.. files.SelectMany(file => file.Refused)],
            [.. files.SelectMany(file => file.Warnings)]);
    }

    private static IEnumerable<string> Files(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".yml" or ".yaml").Order(StringComparer.Ordinal)
        : [path];
}
