using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket version</c>.</summary>
internal static class Version
{
    public static Command Command()
    {
        var command = new Command("version", "Show the version");
        command.SetAction(_ =>
        {
            var version = typeof(Version).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            Console.Out.WriteLine($"picket {version} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
            return ExitCode.Done;
        });
        return command;
    }
}
