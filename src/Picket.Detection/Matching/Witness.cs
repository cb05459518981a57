namespace Picket.Detection.Matching;

/// <summary>
/// Which predicates to watch for a rule, so that it is looked at only where one of them holds: of what must all hold the one thought rarest, of what may hold each. A rule that
/// may hold where nothing does has none.
/// </summary>
/// <param name="Predicates">Any of them.</param>
/// <param name="Frequency">In how many of all events one of them is thought to hold.</param>
internal sealed record Witness(IReadOnlyList<int> Predicates, double Frequency)
{
    // A field that has a value says little, and a text that is in every day's events hardly more.
    private const double OfPresence = 0.5;
    private const double OfEveryday = 0.3;

    // Rare as it may be, for it all of an event must be looked through.
    private const double InAnyField = 1;

    // Values as machines at work have them all day: the texts in these are frequent however long they are.
    private static readonly string[] Everyday =
    [
        @"c:\windows\system32\ntdll.dll+9c584|c:\windows\system32\kernelbase.dll+2726e|c:\windows\system32\kernel32.dll+17034|c:\windows\syswow64\ntdll.dll+77604|unknown(00007ff8)",
        @"c:\windows\system32\svchost.exe", @"c:\windows\system32\services.exe", @"c:\windows\system32\lsass.exe", @"c:\windows\system32\conhost.exe", @"c:\windows\explorer.exe",
        @"c:\windows\syswow64\", @"c:\windows\system32\windowspowershell\v1.0\powershell.exe", @"c:\windows\system32\cmd.exe", @"c:\windows\system32\wbem\wmiprvse.exe", @"c:\windows\winsxs\",
        @"c:\program files\", @"c:\program files (x86)\microsoft\", @"c:\programdata\microsoft\", @"c:\users\public\", @"c:\windows\temp\", @"c:\users\a\appdata\local\temp\", @"c:\users\a\appdata\local\microsoft\",
        @"c:\users\a\appdata\roaming\microsoft\", @"hklm\system\currentcontrolset\services\", @"hklm\software\microsoft\windows\currentversion\", @"hkcu\software\", @"nt authority\system",
        "true", "false", "valid", "unavailable", "microsoft corporation", "microsoft windows", "0x1000", "0x1400", "0x1410", "0x1fffff", "0x1f3fff", "http://", "https://", "system", ".dll", ".exe", "-",
    ];

    /// <summary>Null when there is none.</summary>
    public static Witness? Of(Condition condition, RuleCompiler compiler) => condition switch
    {
        Condition.Indexed indexed => new Witness([indexed.Predicate], FrequencyOf(indexed.Predicate, compiler)),
        Condition.Asked { Index: { } index } => new Witness([index.Present], OfPresence),
        Condition.Swept { Index: { } index } => new Witness([index.Present], OfPresence),
        Condition.SameAs same => new Witness([same.Index.Present], OfPresence),
        Condition.AllOf all => all.Parts.Select(part => Of(part, compiler)).OfType<Witness>().MinBy(witness => witness.Frequency),
        Condition.AnyOf any => Union([.. any.Parts.Select(part => Of(part, compiler))]),
        _ => null,
    };

    private static Witness? Union(Witness?[] parts) => Array.TrueForAll(parts, part => part is not null)
        ? new Witness([.. parts.SelectMany(part => part!.Predicates).Distinct()], parts.Sum(part => part!.Frequency))
        : null;

    // By which events are told apart, rules are chosen before; long texts are rare; what many rules look for is what many events have.
    private static double FrequencyOf(int predicate, RuleCompiler compiler)
    {
        var (text, field) = (compiler.Texts[predicate], compiler.Indices[compiler.Owners[predicate]].Field);
        return field is null ? InAnyField
            : text is null || SourceTable.TellsApart(field) ? OfPresence
            : Array.Exists(Everyday, value => value.Contains(text, StringComparison.OrdinalIgnoreCase)) ? OfEveryday
            : Math.Min(OfEveryday, (1 + compiler.UsesOf(predicate)) / Math.Pow(text.Length + 1, 2));
    }
}
