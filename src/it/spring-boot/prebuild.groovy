// The application is the section "Spring Boot" of docs/integrations.md: its application.yml, its
// classes, and from its table the package that has another name in Spring Boot 3.
def page = new File(basedir, '../../../docs/integrations.md').getText('UTF-8')
def section = (page =~ /(?ms)^## Spring Boot\n.*?(?=^## )/)[0]
def samples = { kind -> (section =~ /(?ms)^```${kind}\n(.*?)^```/).collect { it[1] } }
def (boot4, boot3) = (section =~ /\| `Health`, `HealthIndicator` \| `(.*?)` \| `(.*?)` \|/)[0][1, 2]

def write = { directory, name, text ->
  def folder = new File(basedir, directory)
  folder.mkdirs()
  new File(folder, name).setText(text, 'UTF-8')
}
[(3): boot3, (4): boot4].each { boot, health ->
  write("boot-$boot/java", 'Application.java', new File(basedir, 'Application.java').text)
  samples('java').each { source ->
    def name = (source =~ /(?m)^class (\w+)/)[0][1]
    write("boot-$boot/java", "${name}.java", "package application;\n\n" + source.replace(boot4, health))
  }
  write("boot-$boot/resources", 'application.yml', samples('yaml')[0])
}
return true
