namespace Picket.Detection.Rules;

/// <summary>The rules that come with the product: the files of its folder <c>rules</c>, in the program.</summary>
public static class BuiltInPack
{
    private const string Prefix = "rules/";

    private static readonly Lazy<RuleFiles> All = new(Load);

    /// <summary>Its rules; all of them can be taken.</summary>
    public static RuleFiles Rules => All.Value;

    private static RuleFiles Load()
    {
        var assembly = typeof(BuiltInPack).Assembly;
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !name.EndsWith(RuleFiles.ExpectationSuffix, StringComparison.Ordinal));
        return RuleFiles.Read([.. names.Order(StringComparer.Ordinal).Select(name => (name, Text(name)))]);

        string Text(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
