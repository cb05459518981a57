using Picket.Detection.Sigma;

namespace Picket.Detection.Rules;

/// <summary>Rules of files and folders.</summary>
/// <param name="Documents">Those taken, filters too, in the order of their files' names.</param>
/// <param name="Refused">What was not, with the reason.</param>
/// <param name="Warnings">What their authors may not have meant.</param>
public sealed record RuleFiles(IReadOnlyList<RuleDocument> Documents, IReadOnlyList<RuleFinding> Refused, IReadOnlyList<RuleFinding> Warnings)
{
    /// <summary>What the name of a file of expectations ends in, which is none of rules.</summary>
    public const string ExpectationSuffix = ".test.yml";

    /// <summary>The rules, with the filters that are among the documents applied.</summary>
    public IReadOnlyList<Rule> Rules { get; } = [.. Apply(Documents).Select(pair => pair.Rule)];

    /// <param name="paths">Files, or folders whose <c>.yml</c> and <c>.yaml</c> files are read at any depth.</param>
    /// <exception cref="IOException">There is no such file or folder, or it cannot be read.</exception>
    public static RuleFiles Read(IEnumerable<string> paths) => Read([.. FilesOf(paths).Select(file => (file, File.ReadAllText(file)))]);

    /// <param name="files">Paths, for messages, and texts.</param>
    /// <param name="lists">The values of a list that a rule names; null where there is none of that name. Asked from several threads.</param>
    public static RuleFiles Read(IReadOnlyList<(string File, string Text)> files, Func<string, IReadOnlyList<string>?>? lists = null) =>
        Of(files.AsParallel().AsOrdered().Select(file => RuleFile.Read(file.Text, file.File, lists)));

    private static RuleFiles Of(IEnumerable<RuleFile> read)
    {
        var files = read.ToArray();
        var all = files.SelectMany(file => file.Documents).ToArray();
        var documents = all.Take(Limits.Rules).ToArray();
        var many = all.Skip(Limits.Rules).Take(1).Select(first => new RuleFinding(first.File, first.Line, 1, $"this rule and the {all.Length - Limits.Rules - 1:N0} behind it are past the {Limits.Rules:N0} that are taken together"));
        return new RuleFiles(documents, [.. files.SelectMany(file => file.Refused), .. many], [.. files.SelectMany(file => file.Warnings), .. Twice(documents)]);
    }

    private static IEnumerable<RuleFinding> Twice(RuleDocument[] documents) => documents.GroupBy(document => document.Id, StringComparer.Ordinal).SelectMany(same => same.Skip(1).Select(
        document => new RuleFinding(document.File, document.Line, 1, $"{same.First().File}, line {same.First().Line}, has the id {document.Id} too; a server takes only one of them")));

    /// <summary>
    /// The same without the correlations of rules that cannot be looked at together, which are refused; those of rules that are not among these too, unless they may be elsewhere.
    /// </summary>
    public RuleFiles Resolved(bool mayBeElsewhere)
    {
        var references = new RuleReferences(Documents.Where(document => document.Rule is not null).Select((document, place) => (document.Rule!, place)));
        var (kept, refused, warnings) = (new List<RuleDocument>(), new List<RuleFinding>(), new List<RuleFinding>());
        foreach (var document in Documents)
        {
            var reason = (string?)null;
            var isMissing = false;
            if (document.Rule?.Correlation is not null)
            {
                references.Resolve(document.Rule, out reason, out isMissing);
            }
            if (reason is null || (isMissing && mayBeElsewhere))
            {
                kept.Add(document);
            }
            if (reason is not null)
            {
                (isMissing && mayBeElsewhere ? warnings : refused).Add(new RuleFinding(document.File, document.Line, 1, reason));
            }
        }
        return kept.Count == Documents.Count && warnings.Count == 0 ? this : new RuleFiles(kept, [.. Refused, .. refused], [.. Warnings, .. warnings]);
    }

    /// <summary>The rules among documents, each with the filters among them applied.</summary>
    public static IEnumerable<(RuleDocument Document, Rule Rule)> Apply(IReadOnlyList<RuleDocument> documents)
    {
        var filters = documents.Select(document => document.Filter).OfType<SigmaFilter>().ToArray();
        return documents.Where(document => document.Rule is not null).Select(document => (document, filters.Aggregate(document.Rule!, (filtered, filter) => filter.ApplyTo(filtered))));
    }

    /// <summary>The files that paths name: files themselves, and of folders those of rules at any depth, in order.</summary>
    /// <exception cref="IOException">There is no such file or folder.</exception>
    public static IEnumerable<string> FilesOf(IEnumerable<string> paths) => paths.SelectMany(FilesOf);

    private static IEnumerable<string> FilesOf(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsOfRules).Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path] : throw new FileNotFoundException($"There is no file or folder {path}");

    private static bool IsOfRules(string file) => Path.GetExtension(file) is ".yml" or ".yaml" && !file.EndsWith(ExpectationSuffix, StringComparison.Ordinal);
}
