using BenchmarkDotNet.Running;
using Picket.Bench.EndToEnd;
using Picket.Bench.Engine;
using Picket.Bench.Yardsticks;

switch (args)
{
    case ["parse", var file]:
        ParseYardstick.Run(file, rounds: 7);
        return 0;
    case ["zstd", var file]:
        ZstdYardstick.Run(file);
        return 0;
    case ["sqlite", var file]:
        SqliteYardstick.Run(file, events: 100_000);
        return 0;
    case ["http", var program, var file, .. var rules]:
        await HttpIngest.RunAsync(program, file, rules);
        return 0;
    case ["queries", var program, var file, var times]:
        await Queries.RunAsync(program, file, int.Parse(times, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    case ["single", var program]:
        await SinglePosts.RunAsync(program);
        return 0;
    case ["neighbours", var program, var file]:
        await Neighbours.RunAsync(program, file);
        return 0;
    case ["searchers", var program, var file]:
        await Searchers.RunAsync(program, file);
        return 0;
    case ["tails", var program]:
        await ManyTails.RunAsync(program, seconds: 20);
        return 0;
    case ["soak", var program, var file, var minutes, var rate]:
        await Soak.RunAsync(program, file, int.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture), int.Parse(rate, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    case ["alerts", var program, var file, var rate, var seconds]:
        await AlertLatency.RunAsync(program, file, int.Parse(rate, System.Globalization.CultureInfo.InvariantCulture), int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    case ["tenants"]:
        await ManyTenants.RunAsync(100_000, 3);
        await ManyTenants.RunNamesAsync(10_000, 100_000);
        return 0;
    case ["groups"]:
        ManyGroups.Run(100_000);
        return 0;
    case ["rules", var recordings, .. var folders]:
        RulesOverEvents.Run(recordings, folders);
        return 0;
    case ["micro", .. var filter]:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(filter.Length > 0 ? filter : ["--filter", "*"]);
        return 0;
    default:
        Console.Error.WriteLine("usage: Picket.Bench parse FILE | zstd FILE | sqlite FILE | http PICKET.DLL FILE [FOLDER OF RULES…] | queries PICKET.DLL FILE TIMES | single PICKET.DLL | neighbours PICKET.DLL FILE | searchers PICKET.DLL FILE | tails PICKET.DLL | soak PICKET.DLL FILE MINUTES EVENTS/S | alerts PICKET.DLL FILE EVENTS/S SECONDS | tenants | groups | rules RECORDINGS FOLDER… | micro [BenchmarkDotNet's options]");
        return 2;
}
